"""A person leases a device and uses it: the steps of the demo, each with what may go wrong around it."""

from __future__ import annotations

import json
import re

from lab import Lab
from lab.cluster import condition
from lab.lab import MOCK_DRIVERS, tcp_driver
from lab.tunnel import Device, digest, exchange

MEBIBYTE = 1 << 20


def test_a_person_leases_a_device_and_switches_its_power(lab: Lab):
    alice = lab.client("alice", insecure=True)
    lab.exporter("dut", insecure=True).start()

    done = alice.shell("j power on && j power off && j power read")

    assert "Exit" not in done.err
    assert re.search(r"voltage|apparent_power|current", done.text), done.text


def test_jmp_admin_makes_clients_and_exporters_that_work(lab: Lab):
    name, device = lab.name("admin"), lab.name("admin-dut")
    made = lab.jmp(
        "admin", "create", "client", name, "-n", lab.namespace, "--unsafe", "--save", "-k", "--nointeractive"
    )
    assert "successfully saved" in made.text
    path = lab.tools.home / "exporters" / f"{device}.yaml"
    lab.jmp(
        "admin", "create", "exporter", device, "-n", lab.namespace, "--label", lab.selector, "--out", str(path), "-k",
        "--nointeractive",
    )  # fmt: skip
    listed = lab.jmp("admin", "get", "client", "-n", lab.namespace)
    assert name in listed.out
    assert device in lab.jmp("admin", "get", "exporter", device, "-n", lab.namespace, "-o", "json").out

    from lab import Client, Exporter

    Exporter(lab, device, path).configure(export=MOCK_DRIVERS).start()
    client = Client(lab, name, lab.tools.home / ".config/jumpstarter/clients" / f"{name}.yaml")
    client.shell("j power on")

    lab.jmp("admin", "delete", "client", name, "-n", lab.namespace, "--nointeractive", "--delete")
    assert lab.cluster.find("clients", name) is None


def test_jmp_admin_says_what_is_wrong_when_a_name_is_taken(lab: Lab):
    lab.client("alice")
    refused = lab.jmp(
        "admin", "create", "client", lab.name("alice"), "-n", lab.namespace, "--unsafe", "--nointeractive",
        check=False,
    )  # fmt: skip
    assert refused.code != 0
    assert "already exists" in refused.text.lower() or "AlreadyExists" in refused.text


def test_a_lease_shows_in_jmp_get_leases_and_in_kubectl(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.create_lease("--tag", "build=1234")
    lab.wait_for_lease(lease, "Ready")

    listed = alice.jmp("get", "leases")
    assert re.search(rf"{lease}.*{alice.name}.*{dut.name}.*build=1234", listed.out), listed.out
    assert lease in alice.jmp("get", "leases", "--tag-filter", "build=1234", "--output", "name").out
    assert lease not in alice.jmp("get", "leases", "--tag-filter", "build=4321", "--output", "name").out

    rows = lab.kubectl("get", "leases.jumpstarter.dev", lease).out.splitlines()
    assert rows[0].split() == ["NAME", "ENDED", "CLIENT", "EXPORTER", "AGE"] or rows[0].split()[:4] == [
        "NAME",
        "ENDED",
        "CLIENT",
        "EXPORTER",
    ]
    assert rows[1].split()[:4] == [lease, "false", alice.name, dut.name]

    alice.jmp("delete", "leases", lease)
    lab.wait_for_end(lease)
    assert lease not in alice.jmp("get", "leases", "--output", "name").out
    assert lease in alice.jmp("get", "leases", "--all", "--output", "name").out


def test_exporters_are_listed_with_their_status_and_with_who_holds_them(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut", labels={"example.com/board": "x1"})
    lease = alice.lease()
    dut.wait_until_leased(lease)
    lab.wait_for_status(dut.name, "LeaseReady")

    shown = alice.jmp("get", "exporters", "--selector", lab.selector, "--with", "status,online").out
    assert dut.name in shown and "example.com/board=x1" in shown
    listed = json.loads(
        alice.jmp("get", "exporters", "--selector", lab.selector, "--with", "online", "-o", "json").out
    )["exporters"]
    assert [exporter["name"] for exporter in listed] == [dut.name]
    assert listed[0]["online"] is True
    held = alice.jmp("get", "exporters", "--selector", lab.selector, "--with", "leases").out
    assert alice.name in held and "In-Use" in held, held


def test_a_second_client_waits_for_the_first_and_then_gets_the_device(lab: Lab):
    alice, bob = lab.client("alice"), lab.client("bob")
    lab.exporter("dut").start()
    held = alice.create_lease()
    lab.wait_for_lease(held, "Ready")

    waiting = bob.start_shell("echo bob has $JMP_LEASE; j power on")
    other = lab.cluster.wait(
        "leases",
        wait_for_lease_of(lab, bob.name),
        lambda obj: condition(obj, "Pending").get("status") == "True",
        what="Pending",
    )
    assert condition(other, "Pending")["reason"] == "NotAvailable"
    assert condition(other, "Ready").get("status") != "True"

    alice.jmp("delete", "leases", held)
    lab.wait_for_lease(other["metadata"]["name"], "Ready")
    done = waiting.wait(60)
    assert done.code == 0, done.describe()
    assert f"bob has {other['metadata']['name']}" in done.text


def test_a_command_s_own_exit_code_comes_back_from_the_shell(lab: Lab):
    alice = lab.client("alice")
    lab.exporter("dut").start()
    assert alice.shell("exit 7", check=False).code == 7


def test_storage_and_console_streams_pass_through_the_tunnel_unchanged(lab: Lab, tmp_path):
    alice = lab.client("alice")
    with Device() as device:
        lab.exporter("dut", drivers=MOCK_DRIVERS | {"tcp": tcp_driver(device.host, device.port)}).start()
        lease = alice.lease()
        forward = alice.start_shell("j tcp forward-tcp 0", lease=lease)
        address = forward.wait_for_line(r"^(127\.0\.0\.1|\[::1\]):(\d+)\s*$", timeout=40)
        host, port = address[1].strip("[]"), int(address[2])
        for length in (0, 1, 70_000, 8 * MEBIBYTE):
            seen, received = exchange(host, port, up=length, down=length, timeout=60)
            assert seen == received == digest(length), f"{length} bytes were changed on the way"


def test_many_connections_share_one_lease_at_once(lab: Lab):
    from concurrent.futures import ThreadPoolExecutor

    alice = lab.client("alice")
    with Device() as device:
        lab.exporter("dut", drivers={"tcp": tcp_driver(device.host, device.port)}).start()
        forward = alice.start_shell("j tcp forward-tcp 0")
        address = forward.wait_for_line(r"^(127\.0\.0\.1|\[::1\]):(\d+)\s*$", timeout=40)
        host, port = address[1].strip("[]"), int(address[2])
        expected = digest(MEBIBYTE)
        with ThreadPoolExecutor(8) as pool:
            results = list(
                pool.map(lambda _: exchange(host, port, up=MEBIBYTE, down=MEBIBYTE, timeout=60), range(8))
            )
        assert results == [(expected, expected)] * 8


def wait_for_lease_of(lab: Lab, client: str) -> str:
    """The name of a client's newest lease, as soon as there is one."""
    existing = [obj for obj in lab.cluster.list("leases") if obj["spec"]["clientRef"]["name"] == client]
    if existing:
        return existing[-1]["metadata"]["name"]
    for event in lab.cluster.watch("leases", timeout=40):
        if event["type"] == "ADDED" and event["object"]["spec"]["clientRef"]["name"] == client:
            return event["object"]["metadata"]["name"]
    raise AssertionError(f"{client} asked for no lease")
