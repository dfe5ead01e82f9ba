"""Clients and exporters of earlier versions."""

from __future__ import annotations

import pytest

from lab import Lab
from lab.lab import MOCK_DRIVERS

OLD = ["0.7.4", "0.8.1"]
POWER = {"power": MOCK_DRIVERS["power"]}


@pytest.mark.parametrize("version", OLD)
def test_an_old_client_and_an_old_exporter_work_together(lab: Lab, version: str):
    alice = lab.client("alice", insecure=True)
    exporter = lab.exporter("dut", insecure=True, drivers=POWER)
    exporter.start(version=version, wait=False)
    lab.cluster.wait(
        "exporters",
        exporter.name,
        lambda obj: any(
            c["type"] == "Online" and c["status"] == "True" for c in obj["status"].get("conditions", [])
        ),
        timeout=40,
        what="Online",
    )
    done = alice.shell("j power on && echo switched", version=version, timeout=90)
    assert "switched" in done.text
    assert exporter.name in alice.jmp("get", "exporters", "--selector", lab.selector, version=version).out


@pytest.mark.parametrize("version", OLD)
def test_an_old_client_uses_a_current_exporter(lab: Lab, version: str):
    alice = lab.client("alice")
    lab.exporter("dut", drivers=POWER).start()
    done = alice.shell("j power on && echo switched", version=version, timeout=90)
    assert "switched" in done.text
    made = alice.jmp(
        "create", "lease", "--selector", lab.selector, "--duration", "00:10:00", "-o", "name", version=version
    )
    lease = made.out.strip().splitlines()[-1].removeprefix("lease/")
    assert lease in alice.jmp("get", "leases", version=version).out
    alice.jmp("delete", "leases", lease, version=version)
    lab.wait_for_end(lease)


@pytest.mark.parametrize("version", OLD)
def test_a_current_client_uses_an_old_exporter(lab: Lab, version: str):
    alice = lab.client("alice")
    exporter = lab.exporter("dut", drivers=POWER)
    exporter.start(version=version, wait=False)
    done = alice.shell("j power on && echo switched", timeout=120)
    assert "switched" in done.text


@pytest.mark.parametrize("version", OLD)
def test_old_jmp_admin_makes_a_client(lab: Lab, version: str):
    name = lab.name("old")
    lab.jmp(
        "admin", "create", "client", name, "-n", lab.namespace, "--unsafe", "--save", "--insecure-tls-config",
        "--nointeractive", version=version,
    )  # fmt: skip
    assert name in lab.jmp("admin", "get", "client", "-n", lab.namespace, version=version).out
