"""The limits of a router, as its options set them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import grpc
import pytest
from jumpstarter_protocol import router_pb2_grpc

from lab.processes import Process
from lab.replicated import READY, self_signed
from lab.tools import Tools

KEY = "a router key for tests, long enough too"


class Router:
    """A router alone; the test signs its tokens."""

    def __init__(self, process: Process, certificate: Path):
        self.process = process
        ready = json.loads(process.wait_for_line(READY, timeout=20).string)
        self.metrics = ready["metrics"]
        self.port = int(ready["router"].rsplit(":", 1)[1])
        self.certificate = certificate
        self._gates: list[Queue] = []
        # A call that nobody holds is cancelled.
        self._calls: list[grpc.Call] = []

    def channel(self) -> grpc.Channel:
        # Channels of one process share their connection unless they are told not to.
        return grpc.secure_channel(
            f"localhost:{self.port}", grpc.ssl_channel_credentials(self.certificate.read_bytes()),
            options=[("grpc.use_local_subchannel_pool", 1)],
        )

    def stream(self, channel: grpc.Channel, stream_id: str, **metadata: str):
        """A call that sends nothing and does not finish."""
        self._gates.append(Queue())
        call = router_pb2_grpc.RouterServiceStub(channel).Stream(
            iter(self._gates[-1].get, None), timeout=30,
            metadata=[("authorization", f"Bearer {token(stream_id)}"), *metadata.items()],
        )
        self._calls.append(call)
        return call

    def refusal(self, channel: grpc.Channel, stream_id: str, **metadata: str) -> tuple[grpc.StatusCode, str]:
        with pytest.raises(grpc.RpcError) as caught:
            next(self.stream(channel, stream_id, **metadata))
        return caught.value.code(), caught.value.details()

    def metric(self, series: str) -> float:
        text = urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=5).read().decode()
        return float(re.search(f"^{re.escape(series)} (.*)$", text, re.MULTILINE)[1])

    def pair(self, one: grpc.Channel, other: grpc.Channel, stream_id: str) -> None:
        # Answered once they have each other.
        for call in [self.stream(channel, stream_id) for channel in (one, other)]:
            call.initial_metadata()

    def close(self) -> None:
        for gate in self._gates:
            gate.put(None)


def token(stream_id: str) -> str:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    now = int(time.time())
    claims = {
        "iss": "https://jumpstarter.dev/stream", "aud": ["https://jumpstarter.dev/router"], "sub": stream_id,
        "iat": now, "nbf": now, "exp": now + 1800, "jti": stream_id,
    }
    text = ".".join(part(json.dumps(value).encode()) for value in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{text}.{part(hmac.digest(KEY.encode(), text.encode(), hashlib.sha256))}"


@pytest.fixture
def start_router(processes, tmp_path: Path, show_logs) -> Iterator[Callable[..., Router]]:
    """Starts routers: `start_router("--max-streams", "2")`."""
    tools = Tools(tmp_path / "service-home")
    certificate, key = self_signed(tmp_path)
    started: list[Router] = []

    def start(*arguments: str, wrapper: list[str] | None = None) -> Router:
        process = processes.start(
            [
                *(wrapper or []), str(tools.service), "router", "--bind", "127.0.0.1", "--port", "0",
                "--log-format", "json", "--metrics-bind-address", "127.0.0.1:0", *arguments,
            ],
            env=tools.environment() | {
                "ROUTER_KEY": KEY, "EXTERNAL_CERT_PEM": str(certificate), "EXTERNAL_KEY_PEM": str(key),
            },
            name="the router",
        )
        show_logs("log of the router", lambda: process.text()[-6000:])
        started.append(Router(process, certificate))
        return started[-1]

    yield start
    for router in started:
        router.close()
        router.process.kill()


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--max-streams", "0", "expected 1 to 1000000"),
        ("--max-waiting-streams", "1000001", "expected 1 to 1000000"),
        ("--max-streams-per-connection", "100001", "expected 1 to 100000"),
        ("--max-connections", "-1", "expected 1 to 1000000"),
        ("--max-connections", "many", "many"),
        ("--max-unproven-connections", "0", "expected 1 to 1000000"),
        ("--unproven-connection-rate", "0", "expected 1 to 1000000"),
        ("--max-header-bytes", "2047", "expected 2048 to 65536 bytes"),
        ("--handshake-timeout", "0", "expected 1 to 86400 seconds"),
        ("--idle-timeout", "86401", "expected 1 to 86400 seconds"),
        ("--pairing-timeout", "1.5", r"1\.5"),
    ],
)
def test_a_limit_that_is_wrong_is_named_with_what_is_accepted(processes, tmp_path, option, value, words):
    tools = Tools(tmp_path / "service-home")
    # Without a key: the options are looked at before anything else.
    done = processes.run(
        [str(tools.service), "router", f"{option}={value}"], env=tools.environment(), timeout=20, check=False
    )
    assert done.code == 64, done.describe()
    assert option in done.err and re.search(words, done.err), done.describe()


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--max-streams", "2", "streams"),
        ("--max-streams-per-connection", "1", "streams_per_connection"),
        ("--max-connections", "2", "connections"),
    ],
)
def test_the_next_stream_is_refused_at_the_limit(start_router, option, value, reason):
    router = start_router(option, value)
    with router.channel() as one, router.channel() as other, router.channel() as third:
        router.pair(one, other, "s")
        code, details = router.refusal(one if reason == "streams_per_connection" else third, "t")
        assert code == grpc.StatusCode.RESOURCE_EXHAUSTED and "limit" in details
        assert router.metric(f'jumpstarter_router_streams_refused_total{{reason="{reason}"}}') == 1


def test_one_of_two_streams_is_refused_where_one_may_wait(start_router):
    router = start_router("--max-waiting-streams", "1")
    ended = Queue()
    with router.channel() as channel:
        for stream_id in ("s", "t"):
            call = router.stream(channel, stream_id)
            call.add_callback(lambda call=call: ended.put(call))
        assert ended.get(timeout=10).code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert router.metric('jumpstarter_router_streams_refused_total{reason="waiting_streams"}') == 1


def test_headers_and_waiting_have_their_limits(start_router):
    router = start_router("--max-header-bytes", "2048", "--pairing-timeout", "1")
    with router.channel() as channel:
        code, _ = router.refusal(channel, "s", large="x" * 2000)
        assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert router.metric('jumpstarter_router_streams_refused_total{reason="header_size"}') == 1
        assert router.refusal(channel, "t")[0] == grpc.StatusCode.DEADLINE_EXCEEDED


def test_an_address_whose_calls_are_refused_waits_and_is_served(start_router):
    router = start_router("--max-unproven-connections", "1", "--unproven-connection-rate", "1")
    with router.channel() as bad, router.channel() as one, router.channel() as other:
        for _ in range(2):
            with pytest.raises(grpc.RpcError) as caught:
                bad.unary_unary("/jumpstarter.v1.RouterService/Nothing")(b"", timeout=10)
            assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED
        router.pair(one, other, "s")
        assert router.metric('jumpstarter_router_unproven_connections_total{outcome="held"}') >= 1


def test_the_limit_of_open_files_is_raised_and_told_when_it_does_not_do(start_router):
    def limited(*arguments: str) -> Router:
        return start_router(
            *arguments, wrapper=["bash", "-c", 'ulimit -Sn 256 && ulimit -Hn 2000 && exec "$@"', "bash"]
        )

    router = limited("--max-connections", "2000")
    limits = Path(f"/proc/{router.process.pid}/limits").read_text()
    assert re.search(r"^Max open files +2000 +2000 ", limits, re.MULTILINE), limits
    warning = json.loads(router.process.wait_for_line("open files", timeout=5).string)
    assert warning["level"] == "warning"
    assert {"max_connections": "2000", "allowed": "2000"}.items() <= warning.items(), warning
    assert int(warning["needed"]) > 2000
    assert "open files" not in limited("--max-connections", "1000").process.text()
