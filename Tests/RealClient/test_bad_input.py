"""Requests that no good client sends: each is refused with a code and words that name the field.

One table a caller. A row is: what is wrong, the RPC, the request, the code (or codes), and a pattern that the
message must match. `{...}` in names are filled from the scene, which is made once for each worker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf import field_mask_pb2
from jumpstarter_protocol import client_pb2 as c
from jumpstarter_protocol import jumpstarter_pb2 as j
from jumpstarter_protocol import kubernetes_pb2 as k

from lab import Caller, Client, Lab, StubExporter, Tools
from lab.wire import identity

INVALID = grpc.StatusCode.INVALID_ARGUMENT
DENIED = grpc.StatusCode.PERMISSION_DENIED
MISSING = grpc.StatusCode.NOT_FOUND
EXISTS = grpc.StatusCode.ALREADY_EXISTS
STATE = grpc.StatusCode.FAILED_PRECONDITION
UNKNOWN_CALLER = grpc.StatusCode.UNAUTHENTICATED

NS = "namespaces/lab"
LONG = "x" * 300


@dataclass
class Scene:
    lab: Lab
    alice: Client
    bob: Client
    dut: StubExporter
    running: str
    waiting: str
    ended: str
    foreign: str

    def fill(self, text: str) -> str:
        return text.format(
            running=self.running,
            waiting=self.waiting,
            ended=self.ended,
            foreign=self.foreign,
            dut=self.dut.name,
            alice=self.alice.name,
            bob=self.bob.name,
            selector=self.lab.selector,
        )


@pytest.fixture(scope="module")
def scene(shared_service, processes, tmp_path_factory):
    """Alice holds a device, has a lease that waits and one that has ended; Bob holds another device."""
    lab = Lab(shared_service, Tools(tmp_path_factory.mktemp("bad-input")), processes, prefix=f"bad{id(object()) % 9999}")
    alice, bob = lab.client("alice"), lab.client("bob")
    dut, other = lab.stub_exporter("dut"), lab.stub_exporter("other", labels={"example.com/of": "bob"})
    running = alice.lease(exporter_name=dut.name)
    foreign = bob.lease(exporter_name=other.name)
    ended = alice.lease(exporter_name=dut.name)
    alice.config.delete_lease(name=ended)
    waiting = alice.lease(exporter_name=dut.name)
    dut.wait_until_leased(running)
    other.wait_until_leased(foreign)
    yield Scene(lab, alice, bob, dut, running, waiting, ended, foreign)
    lab.close()


# Requests, spelled briefly


def create(parent: str = NS, lease_id: str = "", **lease: Any) -> c.CreateLeaseRequest:
    return c.CreateLeaseRequest(parent=parent, lease_id=lease_id, lease=lease_message(**lease))


def lease_message(selector: str = "a=b", seconds: float | None = 60, begin: int | None = None, end: int | None = None,
                  **others: Any) -> c.Lease:
    message = c.Lease(selector=selector, **others)
    if seconds is not None:
        message.duration.FromTimedelta(timedelta(seconds=seconds))
    if begin is not None:
        message.begin_time.FromSeconds(begin)
    if end is not None:
        message.end_time.FromSeconds(end)
    return message


def update(name: str, *paths: str, **lease: Any) -> c.UpdateLeaseRequest:
    return c.UpdateLeaseRequest(
        lease=lease_message(name=name, **({"selector": ""} | lease)), update_mask=field_mask_pb2.FieldMask(paths=paths)
    )


def label_selector(**labels: str) -> k.LabelSelector:
    return k.LabelSelector(match_labels=labels)


def seconds(value: float):
    from google.protobuf import duration_pb2

    message = duration_pb2.Duration()
    message.FromTimedelta(timedelta(seconds=value))
    return message


FUTURE = 4_000_000_000

Row = tuple[str, str, Callable[[Callable[[str], str]], Any], Any, str]

BY_CLIENT: list[Row] = [
    # Names of exporters
    ("no name", "client.GetExporter", lambda f: c.GetExporterRequest(), INVALID, r"name"),
    ("a bare name", "client.GetExporter", lambda f: c.GetExporterRequest(name="dut"), INVALID, r"name.*namespaces"),
    ("half a name", "client.GetExporter", lambda f: c.GetExporterRequest(name=NS), INVALID, r"name"),
    ("an empty namespace", "client.GetExporter", lambda f: c.GetExporterRequest(name="namespaces//exporters/x"), INVALID, r"name.*namespace"),
    ("an empty exporter", "client.GetExporter", lambda f: c.GetExporterRequest(name=f"{NS}/exporters/"), INVALID, r"name"),
    ("one segment too many", "client.GetExporter", lambda f: c.GetExporterRequest(name=f"{NS}/exporters/a/b"), INVALID, r"name"),
    ("the name of a lease", "client.GetExporter", lambda f: c.GetExporterRequest(name=f"{NS}/leases/x"), INVALID, r"name.*exporters"),
    ("a name with a slash at its end", "client.GetExporter", lambda f: c.GetExporterRequest(name=f"{NS}/exporters/x/"), INVALID, r"name"),
    ("a name that is too long", "client.GetExporter", lambda f: c.GetExporterRequest(name=f"{NS}/exporters/{LONG}"), (INVALID, MISSING), r"exporter|name"),
    ("a name that no object can have", "client.GetExporter", lambda f: c.GetExporterRequest(name=f"{NS}/exporters/Ä b"), (INVALID, MISSING), r"exporter|name"),
    ("another namespace", "client.GetExporter", lambda f: c.GetExporterRequest(name="namespaces/other/exporters/x"), DENIED, r"namespace mismatch"),
    ("an exporter that is not there", "client.GetExporter", lambda f: c.GetExporterRequest(name=f"{NS}/exporters/nope"), MISSING, r"nope"),
    # Lists
    ("no parent", "client.ListExporters", lambda f: c.ListExportersRequest(), INVALID, r"parent"),
    ("a malformed parent", "client.ListExporters", lambda f: c.ListExportersRequest(parent="lab"), INVALID, r"parent"),
    ("another parent", "client.ListExporters", lambda f: c.ListExportersRequest(parent="namespaces/other"), DENIED, r"namespace mismatch"),
    ("a negative page size", "client.ListExporters", lambda f: c.ListExportersRequest(parent=NS, page_size=-1), INVALID, r"page_size"),
    ("a page token from nowhere", "client.ListExporters", lambda f: c.ListExportersRequest(parent=NS, page_token="garbage"), INVALID, r"page_token"),
    ("half a filter", "client.ListExporters", lambda f: c.ListExportersRequest(parent=NS, filter="a in ("), INVALID, r"filter"),
    ("a filter with a bad key", "client.ListExporters", lambda f: c.ListExportersRequest(parent=NS, filter="-a=b"), INVALID, r"filter"),
    ("half a filter of leases", "client.ListLeases", lambda f: c.ListLeasesRequest(parent=NS, filter="a=="), (INVALID, None), r"filter"),
    ("half a filter of tags", "client.ListLeases", lambda f: c.ListLeasesRequest(parent=NS, tag_filter="a notin"), INVALID, r"tag_filter"),
    ("a page token of the other list", "client.ListLeases", lambda f: c.ListLeasesRequest(parent=NS, page_token="garbage"), INVALID, r"page_token"),
    # New leases
    ("no lease", "client.CreateLease", lambda f: c.CreateLeaseRequest(parent=NS), INVALID, r"lease"),
    ("no parent", "client.CreateLease", lambda f: create(parent=""), INVALID, r"parent"),
    ("another namespace", "client.CreateLease", lambda f: create(parent="namespaces/other"), DENIED, r"namespace mismatch"),
    ("neither selector nor exporter", "client.CreateLease", lambda f: create(selector=""), INVALID, r"selector.*exporter_name"),
    ("half a selector", "client.CreateLease", lambda f: create(selector="a in (b"), INVALID, r"selector"),
    ("a selector with two values for one key", "client.CreateLease", lambda f: create(selector="a=b,a=c"), INVALID, r"selector.*\ba\b"),
    ("a selector with a bad key", "client.CreateLease", lambda f: create(selector="a b=c"), INVALID, r"selector"),
    ("a selector with a value that is too long", "client.CreateLease", lambda f: create(selector=f"a={'v' * 64}"), INVALID, r"selector"),
    ("no times at all", "client.CreateLease", lambda f: create(seconds=None), INVALID, r"duration"),
    ("an end and nothing else", "client.CreateLease", lambda f: create(seconds=None, end=FUTURE), INVALID, r"duration|begin_time"),
    ("a begin and nothing else", "client.CreateLease", lambda f: create(seconds=None, begin=FUTURE), INVALID, r"duration|end_time"),
    ("a duration of nothing", "client.CreateLease", lambda f: create(seconds=0), INVALID, r"duration"),
    ("a negative duration", "client.CreateLease", lambda f: create(seconds=-60), INVALID, r"duration"),
    ("an end before the begin", "client.CreateLease", lambda f: create(seconds=None, begin=FUTURE, end=FUTURE - 9), INVALID, r"end_time|begin_time"),
    ("three times that disagree", "client.CreateLease", lambda f: create(seconds=60, begin=FUTURE, end=FUTURE + 61), INVALID, r"duration"),
    ("an end that is over", "client.CreateLease", lambda f: create(seconds=None, begin=1000, end=2000), INVALID, r"end_time|past"),
    ("a tag key with a slash", "client.CreateLease", lambda f: create(tags={"example.com/a": "b"}), INVALID, r"tags"),
    ("a tag key that is empty", "client.CreateLease", lambda f: create(tags={"": "b"}), INVALID, r"tags"),
    ("a tag value that is too long", "client.CreateLease", lambda f: create(tags={"a": "v" * 64}), INVALID, r"tags"),
    ("a tag value with a blank", "client.CreateLease", lambda f: create(tags={"a": "b c"}), INVALID, r"tags"),
    ("eleven tags", "client.CreateLease", lambda f: create(tags={f"t{n}": "v" for n in range(11)}), INVALID, r"tags.*10"),
    ("an id that no object can have", "client.CreateLease", lambda f: create(lease_id="Not_A_Name"), INVALID, r"lease_id"),
    ("an id that is too long", "client.CreateLease", lambda f: create(lease_id=LONG), INVALID, r"lease_id"),
    ("an id that is taken", "client.CreateLease", lambda f: create(lease_id=f("{running}")), EXISTS, r"exists"),
    ("an id that somebody else has taken", "client.CreateLease", lambda f: create(lease_id=f("{foreign}")), EXISTS, r"exists"),
    ("an exporter that no object can be", "client.CreateLease", lambda f: create(exporter_name="Not A Name"), INVALID, r"exporter_name"),
    # Leases
    ("a lease that is not there", "client.GetLease", lambda f: c.GetLeaseRequest(name=f"{NS}/leases/nope"), MISSING, r"nope"),
    ("a malformed lease", "client.GetLease", lambda f: c.GetLeaseRequest(name="nope"), INVALID, r"name"),
    ("no lease in an update", "client.UpdateLease", lambda f: c.UpdateLeaseRequest(), INVALID, r"lease"),
    ("a name that is missing in an update", "client.UpdateLease", lambda f: update("", "duration"), INVALID, r"lease\.name|name"),
    ("an update of a lease that is not there", "client.UpdateLease", lambda f: update(f"{NS}/leases/nope", "duration"), MISSING, r"nope"),
    ("an update of somebody else's lease", "client.UpdateLease", lambda f: update(f(NS + "/leases/{foreign}"), "duration"), DENIED, r"."),
    ("a field that cannot be updated", "client.UpdateLease", lambda f: update(f(NS + "/leases/{running}"), "selector", selector="x=y"), INVALID, r"update_mask.*selector|selector"),
    ("a field that does not exist", "client.UpdateLease", lambda f: update(f(NS + "/leases/{running}"), "no_such"), INVALID, r"update_mask.*no_such|no_such"),
    ("a negative duration in an update", "client.UpdateLease", lambda f: update(f(NS + "/leases/{running}"), "duration", seconds=-1), INVALID, r"duration"),
    ("a duration of nothing in an update", "client.UpdateLease", lambda f: update(f(NS + "/leases/{running}"), "duration", seconds=0), INVALID, r"duration"),
    ("a begin of a lease that runs", "client.UpdateLease", lambda f: update(f(NS + "/leases/{running}"), "begin_time", begin=FUTURE), (INVALID, STATE), r"begin_time"),
    ("an update of a lease that has ended", "client.UpdateLease", lambda f: update(f(NS + "/leases/{ended}"), "duration"), STATE, r"ended"),
    ("a transfer to nobody", "client.UpdateLease", lambda f: update(f(NS + "/leases/{running}"), "client", client=f"{NS}/clients/nope"), (INVALID, MISSING), r"client.*nope"),
    ("a transfer to a malformed name", "client.UpdateLease", lambda f: update(f(NS + "/leases/{running}"), "client", client="bob"), INVALID, r"client"),
    ("a transfer to another namespace", "client.UpdateLease", lambda f: update(f(NS + "/leases/{running}"), "client", client="namespaces/other/clients/bob"), (INVALID, DENIED), r"namespace"),
    ("the deletion of a lease that is not there", "client.DeleteLease", lambda f: c.DeleteLeaseRequest(name=f"{NS}/leases/nope"), MISSING, r"nope"),
    ("the deletion of somebody else's lease", "client.DeleteLease", lambda f: c.DeleteLeaseRequest(name=f(NS + "/leases/{foreign}")), DENIED, r"."),
    ("a second deletion", "client.DeleteLease", lambda f: c.DeleteLeaseRequest(name=f(NS + "/leases/{ended}")), STATE, r"ended|released"),
    ("a token for another namespace", "client.RotateToken", lambda f: c.RotateTokenRequest(parent="namespaces/other"), DENIED, r"namespace mismatch"),
    ("a token for nothing", "client.RotateToken", lambda f: c.RotateTokenRequest(), INVALID, r"parent"),
    # ControllerService, as a client
    ("no lease to look at", "controller.GetLease", lambda f: j.GetLeaseRequest(), INVALID, r"name"),
    ("a lease that is not there (old way)", "controller.GetLease", lambda f: j.GetLeaseRequest(name="nope"), MISSING, r"nope"),
    ("a request for nothing (old way)", "controller.RequestLease", lambda f: j.RequestLeaseRequest(duration=seconds(60)), INVALID, r"selector"),
    ("a request without a duration (old way)", "controller.RequestLease", lambda f: j.RequestLeaseRequest(selector=label_selector(a="b")), INVALID, r"duration"),
    ("a request with a bad label (old way)", "controller.RequestLease", lambda f: j.RequestLeaseRequest(duration=seconds(60), selector=label_selector(a="b c")), INVALID, r"selector"),
    ("the release of nothing", "controller.ReleaseLease", lambda f: j.ReleaseLeaseRequest(), INVALID, r"name"),
    ("the release of a lease that is not there", "controller.ReleaseLease", lambda f: j.ReleaseLeaseRequest(name="nope"), MISSING, r"nope"),
    ("the release of somebody else's lease", "controller.ReleaseLease", lambda f: j.ReleaseLeaseRequest(name=f("{foreign}")), DENIED, r"."),
    ("a dial to nothing", "controller.Dial", lambda f: j.DialRequest(), INVALID, r"lease_name"),
    ("a dial to a lease that is not there", "controller.Dial", lambda f: j.DialRequest(lease_name="nope"), MISSING, r"nope"),
    ("a dial to somebody else's lease", "controller.Dial", lambda f: j.DialRequest(lease_name=f("{foreign}")), DENIED, r"permission denied"),
    ("a dial to a lease that waits", "controller.Dial", lambda f: j.DialRequest(lease_name=f("{waiting}")), (STATE, grpc.StatusCode.UNAVAILABLE), r"."),
    ("a dial to a lease that has ended", "controller.Dial", lambda f: j.DialRequest(lease_name=f("{ended}")), STATE, r"ended"),
    # What only exporters may do
    ("a client that registers", "controller.Register", lambda f: j.RegisterRequest(), (DENIED, INVALID), r"[Ee]xporter"),
    ("a client that reports a status", "controller.ReportStatus", lambda f: j.ReportStatusRequest(status=2), (DENIED, INVALID), r"[Ee]xporter"),
    ("a client that listens", "controller.Listen", lambda f: j.ListenRequest(lease_name=f("{running}")), (DENIED, INVALID), r"[Ee]xporter"),
    ("a client that follows a status", "controller.Status", lambda f: j.StatusRequest(), (DENIED, INVALID), r"[Ee]xporter"),
]  # fmt: skip

BY_EXPORTER: list[Row] = [
    ("a status that does not exist", "controller.ReportStatus", lambda f: j.ReportStatusRequest(status=99), INVALID, r"status"),
    ("a label with a bad key", "controller.Register", lambda f: j.RegisterRequest(labels={"-bad-": "x"}), INVALID, r"labels"),
    ("a label with a value that is too long", "controller.Register", lambda f: j.RegisterRequest(labels={"jumpstarter.dev/a": "v" * 64}), INVALID, r"labels"),
    ("no lease to listen on", "controller.Listen", lambda f: j.ListenRequest(), INVALID, r"lease_name"),
    ("a lease that is not there", "controller.Listen", lambda f: j.ListenRequest(lease_name="nope"), (MISSING, STATE, DENIED), r"nope"),
    ("a lease of another exporter", "controller.Listen", lambda f: j.ListenRequest(lease_name=f("{foreign}")), (STATE, DENIED), r"."),
    ("a lease that nobody holds yet", "controller.Listen", lambda f: j.ListenRequest(lease_name=f("{waiting}")), (STATE, DENIED), r"."),
    ("the release of a lease that it does not hold", "controller.ReleaseLease", lambda f: j.ReleaseLeaseRequest(name=f("{foreign}")), STATE, r"."),
    ("an exporter that dials", "controller.Dial", lambda f: j.DialRequest(lease_name=f("{running}")), (DENIED, INVALID), r"[Cc]lient"),
    ("an exporter that creates a lease", "client.CreateLease", lambda f: create(), (DENIED, INVALID), r"[Cc]lient"),
    ("an exporter that lists leases", "client.ListLeases", lambda f: c.ListLeasesRequest(parent=NS), (DENIED, INVALID), r"[Cc]lient"),
]  # fmt: skip


def check(caller: Caller, scene: Scene, row: Row) -> None:
    _, method, request, codes, words = row
    allowed = codes if isinstance(codes, tuple) else (codes,)
    try:
        error = caller.refusal(method, request(scene.fill))
    except AssertionError:
        if None in allowed:
            return
        raise
    import re

    said = f"{error.code().name}: {error.details()}"
    assert error.code() in allowed, said
    assert error.code() != grpc.StatusCode.UNKNOWN
    assert re.search(words, error.details()), f"{said}\nshould match /{words}/"
    assert "fatal" not in error.details().lower()


def ids(rows: list[Row]) -> list[str]:
    return [f"{row[1].partition('.')[2]}: {row[0]}" for row in rows]


@pytest.mark.parametrize("row", BY_CLIENT, ids=ids(BY_CLIENT))
def test_a_client_is_refused(scene: Scene, row: Row):
    check(scene.alice.caller(), scene, row)


@pytest.mark.parametrize("row", BY_EXPORTER, ids=ids(BY_EXPORTER))
def test_an_exporter_is_refused(scene: Scene, row: Row):
    check(scene.dut.caller, scene, row)


def without(key: str) -> Callable[[list], list]:
    return lambda metadata: [pair for pair in metadata if pair[0] != key]


def replaced(key: str, value: str) -> Callable[[list], list]:
    return lambda metadata: [(name, value if name == key else old) for name, old in metadata]


def doubled(key: str) -> Callable[[list], list]:
    return lambda metadata: metadata + [pair for pair in metadata if pair[0] == key]


BY_METADATA = [
    ("no namespace", without("jumpstarter-namespace"), INVALID, r"jumpstarter-namespace"),
    ("no kind", without("jumpstarter-kind"), INVALID, r"jumpstarter-kind"),
    ("no name", without("jumpstarter-name"), INVALID, r"jumpstarter-name"),
    ("two namespaces", doubled("jumpstarter-namespace"), INVALID, r"jumpstarter-namespace"),
    ("two kinds", doubled("jumpstarter-kind"), INVALID, r"jumpstarter-kind"),
    ("two names", doubled("jumpstarter-name"), INVALID, r"jumpstarter-name"),
    ("a kind that does not exist", replaced("jumpstarter-kind", "Robot"), INVALID, r"jumpstarter-kind.*Client.*Exporter|Robot"),
    ("no authorization", without("authorization"), UNKNOWN_CALLER, r"authorization"),
    ("an authorization of another scheme", replaced("authorization", "Basic YTpi"), UNKNOWN_CALLER, r"[Bb]earer"),
    ("a bearer of nothing", replaced("authorization", "Bearer "), UNKNOWN_CALLER, r"."),
    ("a token that is none", replaced("authorization", "Bearer abc"), UNKNOWN_CALLER, r"token"),
    ("a token with a signature that is none", replaced("authorization", "Bearer eyJhbGciOiJub25lIn0.e30."), UNKNOWN_CALLER, r"token"),
    ("somebody who does not exist", replaced("jumpstarter-name", "nobody"), DENIED, r"[Cc]lient.*nobody"),
    ("another namespace", replaced("jumpstarter-namespace", "other"), DENIED, r"other"),
    ("another kind", replaced("jumpstarter-kind", "Exporter"), (DENIED, INVALID), r"[Ee]xporter"),
]  # fmt: skip


@pytest.mark.parametrize("case", BY_METADATA, ids=[case[0] for case in BY_METADATA])
def test_a_caller_who_does_not_say_who_he_is_is_refused(scene: Scene, case):
    _, change, codes, words = case
    caller = scene.alice.caller()
    request = c.ListLeasesRequest(parent=NS)
    row = ("", "client.ListLeases", lambda _: request, codes, words)
    check(Caller(caller.channel, change(caller.metadata)), scene, row)


def test_a_token_does_not_open_somebody_else_s_door(scene: Scene):
    caller = scene.alice.caller()
    error = caller.refusal(
        "client.ListLeases",
        c.ListLeasesRequest(parent=NS),
        metadata=identity(scene.alice.token, "Client", "lab", scene.bob.name),
    )
    assert error.code() == DENIED
    assert scene.bob.name in error.details() and "lab" in error.details()


def test_a_token_is_never_in_the_log(scene: Scene):
    caller = scene.alice.caller()
    caller.refusal(
        "client.ListLeases",
        c.ListLeasesRequest(parent=NS),
        metadata=identity(scene.alice.token, "Client", "lab", scene.bob.name),
    )
    log = scene.lab.service.logs()
    assert scene.alice.token not in log
    assert scene.alice.token.rsplit(".", 1)[1] not in log


def test_the_router_refuses_a_token_of_the_controller(scene: Scene):
    from jumpstarter_protocol import router_pb2, router_pb2_grpc

    from lab.wire import channel

    with channel(scene.lab.service, scene.lab.service.endpoints.router) as opened:
        for metadata in ([], [("authorization", f"Bearer {scene.alice.token}")], [("authorization", "Bearer x")]):
            stream = router_pb2_grpc.RouterServiceStub(opened).Stream(
                iter([router_pb2.StreamRequest(payload=b"x")]), metadata=metadata, timeout=10
            )
            with pytest.raises(grpc.RpcError) as refused:
                next(stream)
            assert refused.value.code() == UNKNOWN_CALLER, refused.value.details()


def test_releasing_twice_does_no_harm(scene: Scene):
    lease = scene.bob.lease(exporter_name=scene.dut.name)
    caller = scene.bob.caller()
    for _ in range(2):
        caller.call("controller.ReleaseLease", j.ReleaseLeaseRequest(name=lease))


def test_after_all_this_the_leases_are_as_they_were(scene: Scene):
    scene.lab.wait_for_lease(scene.running, "Ready")
    scene.lab.wait_for_lease(scene.foreign, "Ready")
    assert scene.lab.lease(scene.waiting)["status"]["ended"] is False
