"""Several routers that report to the controllers: which one a tunnel goes through, and when its end comes."""

from __future__ import annotations

import datetime
import json
import os
import pty
import select
import signal
import subprocess
import termios
import time
import urllib.request
from queue import Queue
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from jumpstarter_protocol import jumpstarter_pb2, router_pb2, router_pb2_grpc

from lab import Lab
from lab.gate import Gate
from lab.replicated import ReplicatedService, Router
from lab.tools import Tools
from lab.wire import token_claims


@pytest.fixture
def replicated(processes, tmp_path, show_logs) -> Iterator[ReplicatedService]:
    service = ReplicatedService(Tools(tmp_path / "service-home"), processes, tmp_path / "cluster", replicas=2)
    show_logs("logs of the replicas", service.logs)
    yield service.start()
    service.close()


@pytest.fixture
def routers(replicated: ReplicatedService, show_logs) -> list[Router]:
    started = [Router(replicated, number).start() for number in range(2)]
    for router in started:
        show_logs(f"log of {router.name}", lambda router=router: router.process.text()[-6000:])
    return started


@pytest.fixture
def lab(make_lab, replicated: ReplicatedService) -> Lab:
    return make_lab(replicated)


class Dialler:
    """A client with a lease of a stub exporter, and the two ends of the tunnels that it dials."""

    def __init__(self, lab: Lab, base: str = "dut", seconds: int = 600):
        self.lab = lab
        self.client = lab.client("alice" if base == "dut" else f"alice-{base}")
        self.exporter = lab.stub_exporter(base, labels={"example.com/dut": base})
        self.lease = self.client.lease(selector=f"{lab.selector},example.com/dut={base}", seconds=seconds)
        self.exporter.wait_until_leased(self.lease)
        self.caller = self.client.caller()
        self.listening = self.exporter.caller.call(
            "controller.Listen", jumpstarter_pb2.ListenRequest(lease_name=self.lease), timeout=600
        )

    def dial(self):
        return self.caller.call("controller.Dial", jumpstarter_pb2.DialRequest(lease_name=self.lease))

    def tunnel(self) -> Tunnel:
        answer = self.dial()
        invitation = next(self.listening)
        assert invitation.router_endpoint == answer.router_endpoint
        return Tunnel(self.lab, answer.router_endpoint, answer.router_token, invitation.router_token)


class Tunnel:
    """Both ends of a tunnel: what one sends, the other gets."""

    def __init__(self, lab: Lab, endpoint: str, client_token: str, exporter_token: str):
        self.endpoint = endpoint
        self.token = client_token
        credentials = grpc.ssl_channel_credentials(lab.service.ca)
        self.channels = [grpc.secure_channel(endpoint, credentials) for _ in range(2)]
        self.gates = [Queue(), Queue()]
        self.calls = [
            router_pb2_grpc.RouterServiceStub(channel).Stream(
                iter(gate.get, None), metadata=[("authorization", f"Bearer {token}")]
            )
            for channel, gate, token in zip(self.channels, self.gates, [client_token, exporter_token])
        ]

    def exchange(self, payload: bytes = b"ping") -> None:
        for sender, receiver in ((0, 1), (1, 0)):
            self.gates[sender].put(router_pb2.StreamRequest(payload=payload))
            assert next(self.calls[receiver]).payload == payload

    def end(self, side: int) -> grpc.RpcError:
        """The error that a side is told, once it comes."""
        with pytest.raises(grpc.RpcError) as caught:
            next(self.calls[side])
        return caught.value

    def close(self) -> None:
        for gate in self.gates:
            gate.put(None)
        for channel in self.channels:
            channel.close()


def by_endpoint(routers: list[Router], endpoint: str) -> Router:
    return next(router for router in routers if router.endpoint == endpoint)


def test_tunnels_go_to_the_router_with_fewer_of_them(routers, lab: Lab):
    dialler = Dialler(lab)
    tunnels = []
    for _ in range(4):
        tunnel = dialler.tunnel()
        tunnel.exchange()
        tunnels.append(tunnel)
        # Each replica hears of it with the next report.
        time.sleep(1.2)
    used = [tunnel.endpoint for tunnel in tunnels]
    assert sorted(used.count(router.endpoint) for router in routers) == [2, 2], used


def last_choice(dialler: Dialler, router, *, since: float, seconds: float) -> float:
    """When a router was chosen for the last time, dialling again and again; `since` if it never was."""
    last = since
    while time.monotonic() - since < seconds:
        if dialler.dial().router_endpoint == router.endpoint:
            last = time.monotonic()
        next(dialler.listening)
    return last


def test_a_router_that_is_killed_is_not_chosen_again_within_five_seconds(routers, lab: Lab):
    dialler = Dialler(lab)
    tunnel = dialler.tunnel()
    tunnel.exchange()
    dead = by_endpoint(routers, tunnel.endpoint)
    dead.process.popen.kill()
    dead.process.popen.wait()
    killed = time.monotonic()
    assert tunnel.end(0).code() == grpc.StatusCode.UNAVAILABLE
    last_wrong = last_choice(dialler, dead, since=killed, seconds=6)
    print(f"chosen for the last time {last_wrong - killed:.2f} s after its death")
    assert last_wrong - killed < 5


def test_a_router_that_is_frozen_is_not_chosen_again_within_five_seconds(routers, lab: Lab):
    dialler = Dialler(lab)
    tunnel = dialler.tunnel()
    tunnel.exchange()
    frozen = by_endpoint(routers, tunnel.endpoint)
    frozen.process.signal(signal.SIGSTOP)
    try:
        stopped = time.monotonic()
        last_wrong = last_choice(dialler, frozen, since=stopped, seconds=7)
        print(f"chosen for the last time {last_wrong - stopped:.2f} s after it froze")
        assert last_wrong - stopped < 5
    finally:
        frozen.process.signal(signal.SIGCONT)


def test_a_draining_router_keeps_its_tunnel_and_gets_no_more(routers, lab: Lab):
    dialler = Dialler(lab)
    tunnel = dialler.tunnel()
    tunnel.exchange()
    draining = by_endpoint(routers, tunnel.endpoint)
    since = draining.process.line_count
    draining.process.signal(signal.SIGTERM)
    draining.process.wait_for_line("Router drains", timeout=5, since=since)
    time.sleep(0.3)
    for _ in range(20):
        assert dialler.dial().router_endpoint != draining.endpoint
        next(dialler.listening)
    tunnel.exchange(b"still here")
    assert draining.process.running
    tunnel.close()
    assert draining.process.wait(10).code == 0


def test_the_tunnels_of_a_released_lease_are_cut_and_its_tokens_void(routers, lab: Lab):
    dialler = Dialler(lab)
    tunnel, unused = dialler.tunnel(), dialler.dial()
    tunnel.exchange()
    released = time.monotonic()
    dialler.client.config.delete_lease(name=dialler.lease)
    for side in (0, 1):
        error = tunnel.end(side)
        assert error.code() == grpc.StatusCode.FAILED_PRECONDITION, error
        assert f"lease {dialler.lease} has ended: the lease was released" == error.details()
    print(f"cut {time.monotonic() - released:.2f} s after the release")
    assert time.monotonic() - released < 2
    late = Tunnel(lab, unused.router_endpoint, unused.router_token, unused.router_token)
    assert late.end(0).code() == grpc.StatusCode.FAILED_PRECONDITION


def test_the_tunnels_of_an_expired_lease_are_cut(routers, lab: Lab):
    dialler = Dialler(lab, seconds=4)
    tunnel = dialler.tunnel()
    tunnel.exchange()
    error = tunnel.end(0)
    ended = time.time()
    assert error.code() == grpc.StatusCode.FAILED_PRECONDITION and "expired" in error.details(), error
    end = lab.wait_for_end(dialler.lease)["status"]["endTime"]
    assert ended - datetime.datetime.fromisoformat(end.replace("Z", "+00:00")).timestamp() < 2 + 1  # whole seconds


def test_an_exporter_that_ends_the_session_itself_gets_five_seconds(routers, lab: Lab):
    dialler = Dialler(lab)
    tunnel = dialler.tunnel()
    tunnel.exchange()
    dialler.exporter.follow_leases = False
    dialler.exporter.report("BEFORE_LEASE_HOOK_FAILED", "no power")
    lab.wait_for_status(dialler.exporter.name, "BeforeLeaseHookFailed")
    dialler.client.config.delete_lease(name=dialler.lease)
    lab.wait_for_end(dialler.lease)
    released = time.monotonic()
    time.sleep(2)
    tunnel.exchange(b"why")
    assert tunnel.end(0).code() == grpc.StatusCode.FAILED_PRECONDITION
    assert 3 < time.monotonic() - released < 7


def test_orders_that_were_lost_are_made_up_for(replicated, routers, lab: Lab):
    """A router that was cut off from every controller while a lease ended cuts its tunnels when it is back."""
    dialler = Dialler(lab)
    tunnel = dialler.tunnel()
    tunnel.exchange()
    router = by_endpoint(routers, tunnel.endpoint)
    router.process.signal(signal.SIGSTOP)
    for replica in replicated.replicas:
        replica.kill()
    router.process.signal(signal.SIGCONT)
    lab.cluster.patch("leases", dialler.lease, {"spec": {"release": True}})
    tunnel.exchange(b"nobody is there to say so")
    for replica in replicated.replicas:
        # Where the router looks for them.
        replica.start(port=replica.port)
    replicated.balance()
    error = tunnel.end(0)
    assert error.code() == grpc.StatusCode.FAILED_PRECONDITION, error


def test_a_shell_whose_lease_is_released_by_somebody_else_ends_with_a_word(routers, lab: Lab, tmp_path):
    gate = Gate(tmp_path / "gate")
    alice = lab.client("alice")
    dut = lab.exporter("dut").start()
    lease = alice.lease()
    shell = alice.start_shell(f"j power on && echo first && {gate.wait}; j power off; echo result $?", lease=lease)
    shell.wait_for_line("^first", timeout=60)
    alice.jmp("delete", "leases", lease)
    gate.open()
    result = shell.wait_for_line(r"^result (\d+)", timeout=60)
    assert result[1] != "0", shell.text()
    shell.wait(30)
    print(shell.text())
    lab.wait_for_status(dut.name, "Available", timeout=30)
    alice.shell("j power on", timeout=90)


def test_a_router_has_metrics_and_shows_its_tunnels(routers, lab: Lab):
    dialler = Dialler(lab)
    tunnel = dialler.tunnel()
    tunnel.exchange(b"x" * 1000)
    router = by_endpoint(routers, tunnel.endpoint)
    metrics = urllib.request.urlopen(f"http://{router.metrics}/metrics", timeout=5).read().decode()
    for name in (
        "jumpstarter_router_streams_waiting", "jumpstarter_router_streams_paired",
        "jumpstarter_router_streams_refused_total", "jumpstarter_router_bytes_total",
        "jumpstarter_router_messages_total", "jumpstarter_router_pairing_seconds",
        "jumpstarter_router_backpressure_seconds", "jumpstarter_router_handshake_failures_total",
        "process_resident_memory_bytes",
    ):
        assert f"# HELP {name} " in metrics, name
    top = lab.processes.run(
        [str(lab.tools.service), "router", "top", "--address", router.metrics, "--once", "--output", "json"],
        env=os.environ,
    )
    shown = json.loads(top.out)["tunnels"]
    assert [entry["lease"] for entry in shown] == [f"{lab.namespace}/{dialler.lease}"]
    assert shown[0]["bytesToExporter"] > 1000 and shown[0]["client"] == dialler.client.name
    assert token_claims(tunnel.token)["jti"] not in top.out
    plain = lab.processes.run(
        [str(lab.tools.service), "router", "top", "--address", router.metrics, "--once"], env=os.environ
    ).out
    assert dialler.lease in plain and dialler.exporter.name in plain and "\x1b" not in plain
    nobody = lab.processes.run(
        [str(lab.tools.service), "router", "top", "--address", "127.0.0.1:1", "--once"], env=os.environ, check=False
    )
    assert nobody.code == 1 and "127.0.0.1:1" in nobody.err


@pytest.mark.parametrize("how", ["\x03", "q", signal.SIGTERM], ids=["Ctrl-C", "q", "SIGTERM"])
def test_top_leaves_the_terminal_as_it_was(lab: Lab, routers, how):
    master, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    # Keys come to it as signals only if the terminal is its own.
    top = subprocess.Popen(
        ["setsid", "--ctty", "--wait", str(lab.tools.service), "router", "top", "--address", routers[0].metrics],
        stdin=terminal, stdout=terminal, stderr=terminal,
    )
    try:
        shown = b""
        while b"EXPORTER" not in shown.upper():
            assert select.select([master], [], [], 20)[0], shown
            shown += os.read(master, 4096)
        assert termios.tcgetattr(terminal) != before
        if isinstance(how, str):
            os.write(master, how.encode())
        else:
            child = Path(f"/proc/{top.pid}/task/{top.pid}/children").read_text().split()
            os.kill(int(child[0]) if child else top.pid, how)
        assert top.wait(10) == 0
        while select.select([master], [], [], 0)[0]:
            shown += os.read(master, 4096)
        assert shown.endswith(b"\x1b[?25h\x1b[?1049l"), "the cursor is shown again, on the screen that was there"
        assert termios.tcgetattr(terminal) == before
    finally:
        top.kill()
        os.close(master)
        os.close(terminal)
