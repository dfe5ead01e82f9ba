"""Leases over time: reuse, transfer, extension, expiry, schedules, and what can never be given."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import grpc
import pytest
from jumpstarter_protocol import client_pb2, jumpstarter_pb2

from lab import Lab
from lab.cluster import condition, status


def test_one_lease_is_used_by_several_shells_one_after_another_and_at_once(lab: Lab):
    alice = lab.client("alice")
    lab.exporter("dut").start()
    lease = alice.create_lease()

    alice.shell("j power on", lease=lease)
    both = [alice.start_shell("j power read", lease=lease) for _ in range(2)]
    for shell in both:
        assert (done := shell.wait(60)).code == 0, done.describe()
    assert status(lab.lease(lease)).get("ended") is False, "a shell must not end a lease that it did not make"


def test_a_lease_that_is_created_while_a_device_is_free_is_ready_in_the_answer(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    made = alice.config.create_lease(selector=lab.selector, duration=timedelta(minutes=5))
    assert [c.type for c in made.conditions if c.status == "True"] == ["Ready"]
    assert made.exporter == dut.name


def test_a_released_device_goes_to_the_next_in_the_queue(lab: Lab):
    alice, bob = lab.client("alice"), lab.client("bob")
    dut = lab.stub_exporter("dut")
    first, second = alice.lease(), bob.lease()
    dut.wait_until_leased(first)
    lab.wait_for_lease(second, "Pending", reason="NotAvailable")

    alice.config.delete_lease(name=first)

    dut.wait_until_leased(second)
    ended = lab.wait_for_end(first)
    assert condition(ended, "Ready")["reason"] == "Released"
    assert ended["metadata"]["labels"]["jumpstarter.dev/lease-ended"] == "true"
    assert status(lab.wait_for_lease(second, "Ready"))["exporterRef"]["name"] == dut.name


def test_never_do_two_leases_hold_one_device(lab: Lab):
    """Twelve leases race for three devices; at every change seen, no device has two holders."""
    from concurrent.futures import ThreadPoolExecutor

    clients = [lab.client(f"c{number}") for number in range(4)]
    stubs = [lab.stub_exporter(f"dut{number}") for number in range(3)]
    with ThreadPoolExecutor(4) as pool:
        leases = list(pool.map(lambda number: clients[number % 4].lease(), range(12)))
    owner = {lease: clients[number % 4] for number, lease in enumerate(leases)}
    served: set[str] = set()
    while len(served) < 12:
        held = {
            name: obj["status"]["exporterRef"]["name"]
            for name in leases
            if not status(obj := lab.lease(name)).get("ended") and status(obj).get("exporterRef")
        }
        assert len(set(held.values())) == len(held), f"two leases name one exporter: {held}"
        assert held, "devices are free and leases wait"
        for lease, exporter in held.items():
            stub = next(stub for stub in stubs if stub.name == exporter)
            stub.wait_until_leased(lease)
            served.add(lease)
            owner[lease].config.delete_lease(name=lease)
            stub.wait_for(lambda m, gone=lease: m.lease_name != gone or not m.leased, what="the next lease")


def test_a_lease_is_handed_to_another_client(lab: Lab):
    alice, bob = lab.client("alice"), lab.client("bob")
    lab.exporter("dut").start()
    lease = alice.create_lease()
    alice.shell("j power on", lease=lease)

    alice.jmp("update", "lease", lease, "--to-client", bob.name)

    bob.shell("j power off", lease=lease)
    refused = alice.shell("j power on", lease=lease, check=False)
    assert refused.code != 0
    assert f"belongs to client '{bob.name}'" in refused.text
    dial = alice.caller().refusal("controller.Dial", jumpstarter_pb2.DialRequest(lease_name=lease))
    assert dial.code() == grpc.StatusCode.PERMISSION_DENIED
    assert "permission denied" in dial.details().lower()


def test_a_session_that_runs_hears_of_the_transfer(lab: Lab):
    alice, bob = lab.client("alice"), lab.client("bob")
    lab.exporter("dut").start()
    lease = alice.create_lease()
    shell = alice.start_shell("j power on; echo first; read -t 30 < <(sleep 30); j power on", lease=lease)
    shell.wait_for_line("^first", timeout=40)
    alice.config.update_lease(lease, client=f"namespaces/{lab.namespace}/clients/{bob.name}")
    dial = alice.caller().refusal("controller.Dial", jumpstarter_pb2.DialRequest(lease_name=lease))
    assert dial.code() == grpc.StatusCode.PERMISSION_DENIED
    shell.kill()


def test_a_lease_is_made_longer_while_it_runs(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.lease(seconds=6)
    begun = datetime.fromisoformat(status(lab.wait_for_lease(lease, "Ready"))["beginTime"])
    alice.config.update_lease(lease, duration=timedelta(minutes=10))
    # Were the old end still in force, the stream would say so within this time.
    with pytest.raises(AssertionError):
        dut.wait_until_free(timeout=(begun + timedelta(seconds=8) - datetime.now(timezone.utc)).total_seconds())
    assert status(lab.lease(lease)).get("ended") is False

    alice.jmp("update", "lease", lease, "--duration", "1h30m")
    assert lab.lease(lease)["spec"]["duration"] == "1h30m0s"


def test_a_lease_is_made_shorter_and_ends_at_once_when_its_time_is_over(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.lease(seconds=600)
    dut.wait_until_leased(lease)
    alice.config.update_lease(lease, duration=timedelta(seconds=1))
    ended = lab.wait_for_end(lease, timeout=6)
    assert condition(ended, "Ready")["reason"] == "Expired"
    dut.wait_until_free()


def test_a_lease_expires_on_time_and_the_device_is_free_again(lab: Lab):
    alice, bob = lab.client("alice"), lab.client("bob")
    dut = lab.stub_exporter("dut")
    lease = alice.lease(seconds=2)
    dut.wait_until_leased(lease)
    waiting = bob.lease()

    ended = lab.wait_for_end(lease, timeout=8)

    begin, end = (datetime.fromisoformat(status(ended)[key]) for key in ("beginTime", "endTime"))
    assert timedelta(seconds=1) <= end - begin <= timedelta(seconds=4)
    assert condition(ended, "Ready") | {"status": "False", "reason": "Expired"} == condition(ended, "Ready")
    dut.wait_until_leased(waiting)


def test_a_shell_ends_when_its_lease_expires(lab: Lab):
    alice = lab.client("alice")
    lab.exporter("dut").start()
    shell = alice.start_shell("echo started; sleep 60", options=["--duration", "8"])
    shell.wait_for_line("^started", timeout=40)
    begun = time.monotonic()
    shell.wait(60)
    assert time.monotonic() - begun < 45, "the shell should have been told to end, long before its own 60 s"


def test_a_scheduled_lease_begins_at_its_time_and_not_before(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    begin = datetime.now(timezone.utc) + timedelta(seconds=5)
    lease = alice.lease(begin_time=begin)
    assert condition(lab.lease(lease), "Ready").get("status") != "True"

    ready = lab.wait_for_lease(lease, "Ready", timeout=15)

    assert datetime.fromisoformat(status(ready)["beginTime"]) >= begin.replace(microsecond=0)
    dut.wait_until_leased(lease)


def test_jmp_schedules_a_lease(lab: Lab):
    alice = lab.client("alice")
    lab.stub_exporter("dut")
    begin = (datetime.now(timezone.utc) + timedelta(hours=1)).replace(microsecond=0)
    lease = alice.create_lease("--begin-time", begin.isoformat())
    obj = lab.lease(lease)
    assert datetime.fromisoformat(obj["spec"]["beginTime"]) == begin
    assert condition(obj, "Ready").get("status") != "True"
    assert status(obj).get("exporterRef") is None


def test_a_scheduled_lease_leaves_the_device_to_others_until_then(lab: Lab):
    alice, bob = lab.client("alice"), lab.client("bob")
    dut = lab.stub_exporter("dut")
    alice.lease(begin_time=datetime.now(timezone.utc) + timedelta(hours=1))
    now = bob.lease()
    dut.wait_until_leased(now)


def test_a_scheduled_lease_can_be_moved_before_it_begins_and_not_after(lab: Lab):
    """With a raw stub: `jmp update lease --begin-time` of 0.9.0 fails in the client, on its own field mask."""
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.lease(begin_time=datetime.now(timezone.utc) + timedelta(hours=1))
    caller = alice.caller()

    def move(begin: datetime) -> client_pb2.UpdateLeaseRequest:
        request = client_pb2.UpdateLeaseRequest()
        request.lease.name = f"namespaces/{lab.namespace}/leases/{lease}"
        request.lease.begin_time.FromDatetime(begin)
        request.update_mask.paths.append("begin_time")
        return request

    caller.call("client.UpdateLease", move(datetime.now(timezone.utc) - timedelta(seconds=5)))
    dut.wait_until_leased(lease)
    refused = caller.refusal("client.UpdateLease", move(datetime.now(timezone.utc) + timedelta(hours=1)))
    assert refused.code() in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.INVALID_ARGUMENT)
    assert "begin_time" in refused.details()


def test_a_selector_that_matches_nothing_is_refused_in_seconds_with_the_reason(lab: Lab):
    alice = lab.client("alice")
    begun = time.monotonic()
    refused = alice.shell("true", selector="example.com/no-such=label", check=False)
    took = time.monotonic() - begun
    assert refused.code != 0
    assert "cannot be satisfied" in refused.text, refused.text
    assert "example.com/no-such=label" in refused.text, "the message should name the selector"
    assert took < 5, f"took {took:.1f} s"


def test_a_device_asked_for_by_name_that_does_not_exist_is_refused(lab: Lab):
    alice = lab.client("alice")
    lease = alice.lease(exporter_name="no-such-exporter")
    ended = lab.wait_for_end(lease)
    assert condition(ended, "Unsatisfiable")["status"] == "True"
    assert condition(ended, "Unsatisfiable")["reason"] == "ExporterNotFound"
    assert "no-such-exporter" in condition(ended, "Unsatisfiable")["message"]


def test_a_device_asked_for_by_name_must_agree_with_the_selector(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    agreed = alice.lease(exporter_name=dut.name, selector=lab.selector)
    dut.wait_until_leased(agreed)
    lease = alice.lease(exporter_name=dut.name, selector="example.com/test=other")
    assert condition(lab.wait_for_end(lease), "Unsatisfiable")["reason"] == "SelectorMismatch"


def test_an_offline_device_is_waited_for(lab: Lab):
    alice = lab.client("alice")
    dut = lab.stub_exporter("dut", start=False)
    lease = alice.lease()
    pending = lab.wait_for_lease(lease, "Pending", reason="Offline")
    assert status(pending).get("ended") is False
    dut.start()
    dut.wait_until_leased(lease)


def test_a_disabled_device_is_given_only_to_who_asks_for_it_by_name_and_allows_it(lab: Lab):
    alice = lab.client("alice")
    dut = lab.stub_exporter("dut", spec={"enabled": False})

    by_label = alice.lease()
    assert condition(lab.wait_for_end(by_label), "Unsatisfiable")["reason"] == "AllDisabled"
    by_name = alice.lease(exporter_name=dut.name)
    assert condition(lab.wait_for_end(by_name), "Unsatisfiable")["reason"] == "ExporterDisabled"
    assert dut.name not in alice.jmp("get", "exporters", "--selector", lab.selector, "-o", "name").out
    assert dut.name in alice.jmp("get", "exporters", "--selector", lab.selector, "--allow-disabled", "-o", "name").out

    allowed = alice.create_lease("--name", dut.name, "--allow-disabled")
    dut.wait_until_leased(allowed)


def test_disabling_a_device_leaves_its_running_lease_alone(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.lease()
    dut.wait_until_leased(lease)
    lab.cluster.patch("exporters", dut.name, {"spec": {"enabled": False}})
    assert condition(lab.lease(lease), "Ready")["status"] == "True"
    alice.config.delete_lease(name=lease)
    dut.wait_until_free()
    refused = alice.lease()
    assert condition(lab.wait_for_end(refused), "Unsatisfiable")["reason"] == "AllDisabled"


def test_a_relabelled_device_satisfies_a_lease_that_waits(lab: Lab):
    alice = lab.client("alice")
    first, second = lab.stub_exporter("one"), lab.stub_exporter("two", labels={"example.com/size": "small"})
    selector = f"{lab.selector},example.com/size=small"
    held = alice.lease(selector=selector)
    second.wait_until_leased(held)
    waiting = alice.lease(selector=selector)
    lab.wait_for_lease(waiting, "Pending", reason="NotAvailable")
    lab.cluster.patch("exporters", first.name, {"metadata": {"labels": {"example.com/size": "small"}}})
    first.wait_until_leased(waiting)


def test_somebody_else_s_lease_can_be_read_and_not_touched(lab: Lab):
    alice, mallory = lab.client("alice"), lab.client("mallory")
    lab.stub_exporter("dut")
    lease = alice.lease()

    assert lease in mallory.jmp("get", "leases", "--all-clients", "--output", "name").out
    for refused in (
        mallory.jmp("delete", "leases", lease, check=False),
        mallory.jmp("update", "lease", lease, "--duration", "1h", check=False),
        mallory.jmp("update", "lease", lease, "--to-client", mallory.name, check=False),
    ):
        assert refused.code != 0, refused.describe()
    release = mallory.caller().refusal("controller.ReleaseLease", jumpstarter_pb2.ReleaseLeaseRequest(name=lease))
    assert release.code() == grpc.StatusCode.PERMISSION_DENIED
    dial = mallory.caller().refusal("controller.Dial", jumpstarter_pb2.DialRequest(lease_name=lease))
    assert dial.code() == grpc.StatusCode.PERMISSION_DENIED
    assert lab.lease(lease)["spec"]["clientRef"]["name"] == alice.name


def test_a_lease_id_names_the_lease(lab: Lab):
    alice = lab.client("alice")
    lab.stub_exporter("dut")
    assert alice.create_lease("--lease-id", lab.name("mine")) == lab.name("mine")
    again = alice.jmp(
        "create", "lease", "--selector", lab.selector, "--duration", "1m", "--lease-id", lab.name("mine"), check=False
    )
    assert again.code != 0
    assert "exists" in again.text.lower(), again.text


def test_an_administrator_ends_a_lease_by_deleting_the_object(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.lease()
    dut.wait_until_leased(lease)
    lab.kubectl("delete", "leases.jumpstarter.dev", lease)
    dut.wait_until_free()
    assert lab.cluster.find("leases", lease) is None


def test_an_administrator_ends_a_lease_by_setting_release(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.lease()
    dut.wait_until_leased(lease)
    lab.kubectl("patch", "leases.jumpstarter.dev", lease, "--type=merge", "--patch", '{"spec":{"release":true}}')
    assert condition(lab.wait_for_end(lease), "Ready")["reason"] == "Released"
    dut.wait_until_free()


def test_jmp_admin_shows_leases(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.lease()
    dut.wait_until_leased(lease)
    assert lease in lab.jmp("admin", "get", "lease", "-n", lab.namespace).out
    assert lease in lab.jmp("admin", "get", "lease", lease, "-n", lab.namespace, "-o", "yaml").out
