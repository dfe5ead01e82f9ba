"""Exporters that come, go, vanish and come back."""

from __future__ import annotations

import time

import pytest

from lab import Lab
from lab.cluster import condition, status


def test_an_exporter_shows_its_devices_and_its_state(lab: Lab):
    dut = lab.exporter("dut").start()
    obj = lab.cluster.get("exporters", dut.name)
    assert condition(obj, "Registered")["status"] == "True"
    assert condition(obj, "Online")["status"] == "True"
    assert len(obj["status"]["devices"]) == 4, "three drivers and the root that holds them"
    assert status(obj)["lastSeen"].endswith("Z")


def test_an_exporter_that_is_stopped_is_offline_at_once(lab: Lab):
    dut = lab.exporter("dut").start()
    dut.stop()
    obj = lab.wait_for_status(dut.name, "Offline", timeout=3)
    assert condition(obj, "Online")["status"] == "False"
    assert condition(obj, "Registered")["status"] == "False"


def test_an_exporter_that_is_killed_is_offline_after_the_time_out_and_comes_back(make_service, make_lab):
    service = make_service(arguments=["--exporter-offline-timeout", "3s"]).start()
    lab: Lab = make_lab(service)
    alice = lab.client("alice")
    exporter = lab.exporter("dut")
    dut = exporter.start()
    alice.shell("j power on")

    dut.kill()
    killed = time.monotonic()
    lab.wait_for_status(dut.name, "Offline", timeout=10)
    assert time.monotonic() - killed < 8
    waiting = alice.lease()
    assert condition(lab.lease(waiting), "Pending")["reason"] == "Offline"

    exporter.start()
    lab.wait_for_lease(waiting, "Ready", timeout=20)
    alice.shell("j power off", lease=waiting)


def test_an_exporter_that_lives_stays_online_past_the_time_out(make_service, make_lab):
    service = make_service(arguments=["--exporter-offline-timeout", "2s"]).start()
    lab: Lab = make_lab(service)
    dut = lab.stub_exporter("dut")
    with pytest.raises(AssertionError):
        lab.cluster.wait(
            "exporters", dut.name, lambda obj: status(obj).get("exporterStatus") == "Offline", timeout=5
        )
    assert dut.error is None


def test_a_lease_that_waits_gets_the_exporter_that_starts_later(lab: Lab):
    alice = lab.client("alice")
    exporter = lab.exporter("dut")
    shell = alice.start_shell("j power on")
    shell.wait_for_line(r"(?i)acquiring lease|waiting", timeout=30)
    exporter.start(wait=False)
    done = shell.wait(90)
    assert done.code == 0, done.describe()


def test_an_exporter_that_is_killed_in_a_session_takes_up_its_lease_again(lab: Lab):
    alice = lab.client("alice")
    exporter = lab.exporter("dut")
    dut = exporter.start()
    lease = alice.lease()
    alice.shell("j power on", lease=lease)
    dut.kill()
    exporter.start(wait=False)
    lab.wait_for_status(exporter.name, "LeaseReady", timeout=40)
    alice.shell("j power off", lease=lease)
    assert status(lab.lease(lease)).get("ended") is False


def test_an_exporter_that_is_stopped_in_a_session_leaves_no_lease_that_hangs(lab: Lab):
    alice = lab.client("alice")
    dut = lab.exporter("dut").start()
    lease = alice.lease()
    alice.shell("j power on", lease=lease)
    dut.stop()
    lab.wait_for_status(dut.name, "Offline", timeout=5)
    refused = alice.shell("j power on", lease=lease, check=False, timeout=60, options=["--retry-timeout", "0"])
    assert refused.code != 0
    assert "offline" in refused.text.lower(), refused.text


def test_exporters_say_who_they_are_in_events(lab: Lab):
    dut = lab.exporter("dut").start()
    dut.stop()
    lab.wait_for_status(dut.name, "Offline", timeout=5)
    seen = {
        event["reason"] for event in lab.cluster.list("events") if event["involvedObject"].get("name") == dut.name
    }
    assert {"ExporterRegistered", "ExporterOnline"} <= seen, seen
    assert seen & {"ExporterUnregistered", "ExporterOffline"}, seen


def test_a_fleet_of_exporters_serves_a_queue_of_shells(lab: Lab):
    """Two devices, four shells at once: each gets a device, and all end well."""
    alice = lab.client("alice")
    for number in range(2):
        lab.exporter(f"dut{number}", drivers={"power": {"type": "jumpstarter_driver_power.driver.MockPower"}}).start()
    shells = [alice.start_shell("j power on") for _ in range(4)]
    for shell in shells:
        done = shell.wait(120)
        assert done.code == 0, done.describe()
