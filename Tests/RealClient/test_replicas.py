"""Several controllers on one API server: whichever takes a call, whatever happens to them, users see one service."""

from __future__ import annotations

import os
import random
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator

import grpc
import pytest
import yaml
from jumpstarter_protocol import jumpstarter_pb2
from jumpstarter_protocol import client_pb2

from lab import Lab, network
from lab.cluster import status
from lab.gate import Gate
from lab.replicated import ReplicatedService
from lab.tools import Tools


@pytest.fixture
def make_replicated(processes, tmp_path, show_logs) -> Iterator:
    made: list[ReplicatedService] = []

    def make(replicas: int = 2, **options) -> ReplicatedService:
        service = ReplicatedService(
            Tools(tmp_path / "service-home"), processes, tmp_path / "cluster", replicas=replicas, **options
        )
        made.append(service)
        show_logs("logs of the replicas", service.logs)
        return service.start()

    yield make
    for service in made:
        service.close()


@pytest.fixture
def replicated(make_replicated) -> ReplicatedService:
    return make_replicated()


@pytest.fixture
def lab(make_lab, replicated: ReplicatedService) -> Lab:
    return make_lab(replicated)


def wait_for_leader(service: ReplicatedService, *, other_than: str | None = None, timeout: float = 30) -> float:
    """Seconds until somebody (else) leads."""
    begun = time.monotonic()
    path = f"/apis/coordination.k8s.io/v1/namespaces/{service.namespace}/leases"
    while time.monotonic() - begun < timeout:
        listing = service.cluster.request("GET", f"{path}?fieldSelector=metadata.name%3Djumpstarter-controller")
        holder = next((item["spec"].get("holderIdentity") for item in listing["items"]), None)
        if holder and not (other_than and holder.startswith(other_than + "_")):
            return time.monotonic() - begun
        # The next change of the election's Lease, or a second.
        version = listing["metadata"]["resourceVersion"]
        query = urllib.parse.urlencode(
            {"watch": "true", "resourceVersion": version, "timeoutSeconds": "1",
             "fieldSelector": "metadata.name=jumpstarter-controller"}
        )
        for _ in service.cluster.watch_path(f"{path}?{query}", timeout=1):
            break
    raise AssertionError("nobody took the lead")


def lease_request(lab: Lab, name: str = "") -> client_pb2.CreateLeaseRequest:
    request = client_pb2.CreateLeaseRequest(
        parent=f"namespaces/{lab.namespace}",
        lease_id=name,
        lease=client_pb2.Lease(selector=lab.selector),
    )
    request.lease.duration.FromSeconds(600)
    return request


def create_lease(lab: Lab, client, *, timeout: float = 10, name: str = "") -> client_pb2.Lease:
    return client.caller().call("client.CreateLease", lease_request(lab, name), timeout=timeout)


def test_a_device_is_driven_whichever_replica_takes_a_call(replicated, lab: Lab):
    """The balancer changes with each connection, so Dial and Listen meet across replicas."""
    alice = lab.client("alice")
    dut = lab.exporter("dut").start()
    lease = alice.lease()
    for _ in range(3):
        alice.shell("j power on && j power off && j storage dut", lease=lease)
    alice.jmp("get", "leases")
    alice.config.delete_lease(name=lease)
    lab.wait_for_status(dut.name, "Available")
    dialled = [line for line in replicated.logs().splitlines() if '"dialled"' in line]
    assert len(dialled) >= 6


def test_a_session_goes_on_when_the_leader_is_killed_and_the_next_lease_is_had(replicated, lab: Lab, tmp_path):
    gate = Gate(tmp_path / "gate")
    alice = lab.client("alice")
    dut = lab.exporter("dut").start()
    lease = alice.lease(seconds=1800)
    shell = alice.start_shell(f"j power on && echo first && {gate.wait} && j power off && echo second", lease=lease)
    shell.wait_for_line("^first", timeout=60)
    leader = replicated.leading()
    leader.kill()
    replicated.balance()
    seconds = wait_for_leader(replicated, other_than=leader.name)
    print(f"fail-over after {seconds:.1f} s with a term of {replicated.leader_lease_seconds} s")
    gate.open()
    shell.wait_for_line("^second", timeout=60)
    shell.wait(30)
    alice.config.delete_lease(name=lease)
    assert dut.running
    lab.wait_for_status(dut.name, "Available", timeout=60)
    alice.shell("j power on", timeout=90)


def test_a_leader_that_was_paused_does_no_harm(replicated, lab: Lab):
    first, second = lab.stub_exporter("a"), lab.stub_exporter("b")
    alice = lab.client("alice")
    leader = replicated.leading()
    leader.pause()
    replicated.balance(without=leader)
    wait_for_leader(replicated, other_than=leader.name)
    held = create_lease(lab, alice, timeout=20)
    leader.resume()
    replicated.balance()
    other = create_lease(lab, alice, timeout=20)
    assert replicated.leader().split("_")[0] != leader.name
    names = [lab.wait_for_lease(lease.name.split("/")[-1], "Ready") for lease in (held, other)]
    exporters = {status(lease)["exporterRef"]["name"] for lease in names}
    assert len(exporters) == 2, exporters
    assert first and second


def test_a_leader_that_is_cut_off_from_the_api_stops_deciding_and_comes_back(replicated, lab: Lab):
    lab.stub_exporter("a")
    alice = lab.client("alice")
    leader = replicated.leading()
    leader.api.cut()
    wait_for_leader(replicated, other_than=leader.name)
    replicated.balance(without=leader)
    lease = create_lease(lab, alice, timeout=20)
    lab.wait_for_lease(lease.name.split("/")[-1], "Ready")
    leader.api.mend()
    # It sees again what the others did.
    from lab.wire import Caller, channel, identity

    caller = Caller(
        channel(replicated, f"localhost:{leader.port}"),
        identity(alice.token, "Client", lab.namespace, alice.name),
    )
    deadline = time.monotonic() + 30
    while True:
        try:
            answer = caller.call("client.GetLease", client_pb2.GetLeaseRequest(name=lease.name))
            break
        except grpc.RpcError:
            assert time.monotonic() < deadline
    caller.close()
    assert answer.exporter


def test_a_leader_whose_packets_are_lost_stops_deciding_and_comes_back(make_replicated, make_lab):
    """On a host of its own, where no connection ends: it only hears nothing any more."""
    if reason := network.unavailable():
        pytest.skip(reason)
    if "JUMPSTARTER_TEST_KUBECONFIG" in os.environ:
        pytest.skip("the certificate of a cluster's API server is not for an address of ours")
    service = make_replicated(replicas=2, apart=True)
    lab = make_lab(service)
    # More than two: a lease that was refused because no answer came may still be made when the cable is mended.
    exporters = [lab.stub_exporter(name) for name in ("a", "b", "c", "d", "e")]
    alice = lab.client("alice")
    leader, other = service.replicas
    assert leader.leads
    service.host.to_api.lose()
    wait_for_leader(service, other_than=leader.name)
    # Its connections to clients and to the other replica are whole.
    service.balance(without=other)
    refused = alice.caller().refusal("client.CreateLease", lease_request(lab), timeout=20)
    assert refused.code() == grpc.StatusCode.UNAVAILABLE, refused
    service.balance(without=leader)
    held = create_lease(lab, alice, timeout=20)
    service.host.to_api.mend()
    service.balance(without=other)
    deadline = time.monotonic() + 60
    while True:
        try:
            later = create_lease(lab, alice, timeout=20)
            break
        except grpc.RpcError as error:
            assert time.monotonic() < deadline, error
    leases = [lab.wait_for_lease(lease.name.split("/")[-1], "Ready") for lease in (held, later)]
    assert len({status(lease)["exporterRef"]["name"] for lease in leases}) == 2
    assert not leader.leads
    assert exporters


def test_a_rolling_update_is_not_noticed(make_replicated, make_lab):
    service = make_replicated(replicas=2)
    lab = make_lab(service)
    alice = lab.client("alice")
    dut = lab.exporter("dut").start()
    lease = alice.lease(seconds=1800)
    before = lab.lease(lease)
    failures: list[str] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            done = alice.shell("j power on", lease=lease, check=False, timeout=90)
            if done.code != 0:
                failures.append(done.text)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for replica in service.replicas:
            replica.stop()
            replica.start()
            service.balance()
            wait_for_leader(service, other_than=None)
    finally:
        stop.set()
        worker.join(120)
    assert not failures, failures[0]
    assert dut.running and "rapid failure" not in dut.log()
    after = lab.lease(lease)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert status(after)["exporterRef"] == status(before)["exporterRef"]
    assert status(after)["ended"] is False


own_api_server = pytest.mark.skipif(
    "JUMPSTARTER_TEST_KUBECONFIG" in os.environ and "JUMPSTARTER_TEST_API_COMMAND" not in os.environ,
    reason="needs an API server that it may kill",
)
audited = pytest.mark.skipif(
    "JUMPSTARTER_TEST_KUBECONFIG" in os.environ and "JUMPSTARTER_TEST_AUDIT_LOG" not in os.environ,
    reason="needs the audit log of the API server",
)


@own_api_server
def test_while_the_api_server_is_away_sessions_go_on_and_new_leases_are_refused_with_a_reason(
    replicated, lab: Lab, tmp_path
):
    gate = Gate(tmp_path / "gate")
    alice = lab.client("alice")
    dut = lab.exporter("dut").start()
    lease = alice.lease(seconds=1800)
    shell = alice.start_shell(f"j power on && echo first && {gate.wait} && j power off && echo second", lease=lease)
    shell.wait_for_line("^first", timeout=60)
    replicated.kill_api()
    with pytest.raises(grpc.RpcError) as refused:
        create_lease(lab, alice, timeout=30)
    assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
    assert "API server" in refused.value.details() or "127.0.0.1" in refused.value.details(), refused.value.details()
    gate.open()
    shell.wait_for_line("^second", timeout=60)
    # JUMPSTARTER_OUTAGE_SECONDS makes it as long as one likes.
    threading.Event().wait(float(os.environ.get("JUMPSTARTER_OUTAGE_SECONDS", "0")))
    replicated.start_api()
    wait_for_leader(replicated)
    shell.wait(60)
    alice.config.delete_lease(name=lease)
    assert dut.running
    alice.shell("j power on", timeout=120)


def test_a_slow_api_server_makes_leases_slow_and_nothing_else(make_replicated, make_lab):
    """Two seconds for each call: a lease takes three of them, and nobody is taken for offline or deposed."""
    service = make_replicated(replicas=1, leader_lease_seconds=10)
    lab = make_lab(service)
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    service.replicas[0].api.delay = 2
    lease = create_lease(lab, alice, timeout=40)
    assert any(entry.type == "Ready" and entry.status == "True" for entry in lease.conditions)
    dut.wait_until_leased(lease.name.split("/")[-1], timeout=20)
    assert service.leader().startswith(service.replicas[0].name + "_")
    service.replicas[0].api.delay = 0
    alice.config.delete_lease(name=lease.name.split("/")[-1])
    dut.wait_until_free()


@audited
def test_a_lease_costs_at_most_six_writes_and_no_list_and_only_what_the_role_allows(make_replicated, make_lab):
    service = make_replicated(replicas=1)
    lab = make_lab(service)
    alice = lab.client("alice")
    lab.stub_exporter("dut", follow_leases=False)
    create_lease(lab, alice, name="warm")
    alice.config.delete_lease(name="warm")
    lab.wait_for_end("warm")
    before = len(service.requests())
    lease = create_lease(lab, alice)
    assert any(entry.type == "Ready" and entry.status == "True" for entry in lease.conditions)
    alice.config.delete_lease(name=lease.name.split("/")[-1])
    ours = [request for request in service.requests()[before:] if request.agent == "jumpstarter-controller"]
    of_leases = [request for request in ours if "/jumpstarter.dev/" in request.target]
    writes = [request for request in of_leases if request.is_write]
    print(f"requests of a lease: {len(of_leases)}, of these writes: {len(writes)}")
    assert len(writes) <= 6, "\n".join(map(str, ours))
    assert not [request for request in of_leases if request.method == "GET" and "?" in request.target], of_leases
    watches = [
        request.target.split("?")[0]
        for request in service.requests()
        if request.agent == "jumpstarter-controller" and "watch=true" in request.target
    ]
    assert len(watches) == len(set(watches)), watches
    # Everything that was asked for is in the Role, or a real cluster would refuse it.
    rules = _role(service)
    for request in service.requests():
        if request.agent == "jumpstarter-controller":
            assert _permission(request) in rules, f"{request} is not allowed by the Role"


@audited
def test_a_lease_costs_no_more_where_the_leader_is_not(make_replicated, make_lab):
    """Its calls are passed on to the leader; also a lease that waits first, and one that its exporter gives back."""
    service = make_replicated(replicas=2)
    lab = make_lab(service)
    alice = lab.client("alice")
    dut = lab.stub_exporter("dut", follow_leases=False)
    leader = service.leading()
    service.balance(without=leader)
    [follower] = [replica for replica in service.replicas if replica is not leader]

    def writes(body) -> int:
        before = len(service.requests())
        body()
        ours = [
            request
            for request in service.requests()[before:]
            if request.agent == "jumpstarter-controller" and "/jumpstarter.dev/" in request.target and request.is_write
        ]
        print("\n".join(f"{request.method} {request.target}" for request in ours))
        return len(ours)

    def lease_and_delete():
        lease = create_lease(lab, alice)
        assert any(entry.type == "Ready" and entry.status == "True" for entry in lease.conditions)
        alice.config.delete_lease(name=lease.name.split("/")[-1])

    for _ in range(20):
        # The replicas get to know each other.
        lease_and_delete()
        if "calls are passed on to the leader" in follower.logs():
            break
    assert writes(lease_and_delete) <= 6

    def give_back():
        create_lease(lab, alice, name="given-back")
        dut.caller.call("controller.ReleaseLease", jumpstarter_pb2.ReleaseLeaseRequest(name="given-back"))
        lab.wait_for_end("given-back")

    assert writes(give_back) <= 6


@audited
def test_the_role_grants_nothing_that_the_controller_does_not_use(make_replicated, make_lab):
    # The first replica makes the certificates, which the second shows too.
    service = make_replicated(replicas=2, self_made=True)
    assert b"BEGIN CERTIFICATE" in service.ca
    lab = make_lab(service)
    alice = lab.client("alice")
    stub = lab.stub_exporter("dut", follow_leases=False)
    for _ in range(2):
        stub.register({"jumpstarter.dev/name": "dut"}).report("OFFLINE")
        stub.report("AVAILABLE")
        stub.register({})
    lease = create_lease(lab, alice)
    change = client_pb2.UpdateLeaseRequest(lease=client_pb2.Lease(name=lease.name), update_mask={"paths": ["duration"]})
    change.lease.duration.FromSeconds(900)
    alice.caller().call("client.UpdateLease", change)
    handover = client_pb2.UpdateLeaseRequest(lease=client_pb2.Lease(name=lease.name), update_mask={"paths": ["client"]})
    handover.lease.client = f"namespaces/{lab.namespace}/clients/unknown"
    assert alice.caller().refusal("client.UpdateLease", handover).code() == grpc.StatusCode.NOT_FOUND
    alice.config.delete_lease(name=lease.name.split("/")[-1])
    alice.jmp("auth", "rotate")
    # What is not in memory is read from the API server.
    alice.caller().call("client.GetLease", client_pb2.GetLeaseRequest(name=lease.name))
    unknown = client_pb2.GetExporterRequest(name=f"namespaces/{lab.namespace}/exporters/unknown")
    assert alice.caller().refusal("client.GetExporter", unknown).code() == grpc.StatusCode.NOT_FOUND
    service.replicas[0].stop()
    # A start puts right what is published.
    service.cluster.patch("configmaps", "jumpstarter-service-ca-cert", {"data": {"ca.crt": "outdated"}})
    service.replicas[0].start()
    assert b"BEGIN CERTIFICATE" in service.ca
    used = {
        _permission(request) for request in service.requests() if request.agent == "jumpstarter-controller"
    }
    unused = _role(service) - used
    # Clients are made for users of external issuers, who are not served yet.
    assert unused == {("create", "jumpstarter.dev", "clients")}, unused


def _role(service: ReplicatedService) -> set[tuple[str, str, str]]:
    printed = subprocess.run(
        [str(service.tools.service), "manifests"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    role = next(entry for entry in yaml.safe_load_all(printed) if entry and entry["kind"] == "Role")
    return {
        (verb, group, resource)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def _permission(request) -> tuple[str, str, str]:
    """The verb, group and resource by which Kubernetes authorizes a request."""
    path, _, query = request.target.partition("?")
    parts = path.strip("/").split("/")
    group = parts[1] if parts[0] == "apis" else ""
    rest = parts[parts.index("namespaces") + 2:]
    resource, name, *subresource = rest + [None] * (2 - len(rest))
    if subresource:
        resource = f"{resource}/{subresource[0]}"
    if request.method == "GET":
        verb = "watch" if "watch=true" in query else "get" if name else "list"
    else:
        verb = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}[request.method]
    return verb, group, resource


def test_no_exporter_is_ever_named_by_two_running_leases(make_replicated, make_lab):
    """Three controllers are killed, paused, cut off and started again while leases come and go.

    JUMPSTARTER_CHAOS_SEED plays the same moves again.
    """
    seed = int(os.environ.get("JUMPSTARTER_CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"chaos seed {seed}")
    chance = random.Random(seed)
    service = make_replicated(replicas=3)
    lab = make_lab(service)
    start = lab.cluster.request("GET", lab.cluster.path("leases"))["metadata"]["resourceVersion"]
    for base in ("a", "b"):
        lab.stub_exporter(base, follow_leases=False)
    client = lab.client("alice")
    stop = threading.Event()

    def use(number: int) -> None:
        own = random.Random(seed * 31 + number)
        caller = client.caller()
        while not stop.is_set():
            name = f"{lab.name('c')}-{number}-{own.randrange(10**9)}"
            try:
                request = client_pb2.CreateLeaseRequest(
                    parent=f"namespaces/{lab.namespace}", lease_id=name,
                    lease=client_pb2.Lease(selector=lab.selector),
                )
                request.lease.duration.FromSeconds(own.choice([2, 600]))
                caller.call("client.CreateLease", request, timeout=8)
                stop.wait(own.random() * 0.3)
                caller.call(
                    "client.DeleteLease",
                    client_pb2.DeleteLeaseRequest(name=f"namespaces/{lab.namespace}/leases/{name}"), timeout=8,
                )
            except grpc.RpcError:
                stop.wait(0.05)

    users = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for user in users:
        user.start()
    try:
        for _ in range(4):
            victim = service.leading() if chance.random() < 0.7 and service.leader() else chance.choice(service.replicas)
            match chance.choice(["kill", "pause", "cut"]):
                case "kill":
                    victim.kill()
                    service.balance()
                    stop.wait(chance.uniform(0.5, 4))
                    victim.start()
                case "pause":
                    victim.pause()
                    stop.wait(chance.uniform(2, 5))
                    victim.resume()
                case "cut":
                    victim.api.cut()
                    stop.wait(chance.uniform(2, 5))
                    victim.api.mend()
            service.balance()
            stop.wait(1)
    except StopIteration:
        pass
    finally:
        stop.set()
        for user in users:
            user.join(30)
    end = lab.cluster.request("GET", lab.cluster.path("leases"))["metadata"]["resourceVersion"]
    assignments, violations = _history(lab, start, end)
    print(f"{assignments} assignments in versions {start} to {end}")
    assert not violations, f"seed {seed}: {violations}"
    assert assignments >= 5


def _history(lab: Lab, start: str, end: str) -> tuple[int, list[str]]:
    holders: dict[str, str] = {}
    assignments, violations = 0, []
    lab.cluster.create("leases", "end-of-history", spec={
        "clientRef": {"name": "nobody"}, "release": True, "selector": {"matchLabels": {"a": "b"}},
    })
    for event in lab.cluster.watch("leases", timeout=20, resourceVersion=start):
        lease = event["object"]
        if event["type"] not in ("ADDED", "MODIFIED", "DELETED"):
            continue
        name = lease["metadata"]["name"]
        if name == "end-of-history":
            return assignments, violations
        uid = lease["metadata"]["uid"]
        exporter = status(lease).get("exporterRef", {}).get("name")
        if event["type"] == "DELETED" or status(lease).get("ended") or not exporter:
            holders.pop(uid, None)
            continue
        for other, held in holders.items():
            if other != uid and held == exporter:
                violations.append(f"version {lease['metadata']['resourceVersion']}: {exporter} is held twice")
        if uid not in holders:
            assignments += 1
        holders[uid] = exporter
    raise AssertionError("the history did not come to its end")
