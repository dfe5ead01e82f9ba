"""ExporterAccessPolicies: who may have which device, in which order, and for how long.

A policy changes what the whole namespace may do, so these tests have services of their own.
"""

from __future__ import annotations

from lab import Lab
from lab.cluster import condition, status


def policy(lab: Lab, base: str, *entries: dict, selector: dict | None = None) -> None:
    lab.cluster.create(
        "exporteraccesspolicies",
        lab.name(base),
        spec={"exporterSelector": {"matchLabels": selector or lab.labels}, "policies": list(entries)},
    )


def entry(team: str, **options) -> dict:
    return {"from": [{"clientSelector": {"matchLabels": {"example.com/team": team}}}]} | options


def test_only_clients_that_a_policy_names_get_the_device(own_lab: Lab):
    lab = own_lab
    insider = lab.client("insider", labels={"example.com/team": "a"})
    outsider = lab.client("outsider", labels={"example.com/team": "b"})
    dut = lab.stub_exporter("dut")
    policy(lab, "team-a", entry("a", description="team A only", priority=5))

    refused = outsider.shell("true", check=False)
    assert refused.code != 0
    assert "team A only" in refused.text, "the message should name the policy that does not let them in"
    (lease,) = [obj for obj in lab.cluster.list("leases") if obj["spec"]["clientRef"]["name"] == outsider.name]
    assert condition(lease, "Unsatisfiable")["reason"] == "NoAccess"

    granted = insider.lease()
    dut.wait_until_leased(granted)
    assert status(lab.lease(granted))["priority"] == 5


def test_without_a_policy_everybody_gets_every_device(own_lab: Lab):
    alice, dut = own_lab.client("alice"), own_lab.stub_exporter("dut")
    dut.wait_until_leased(alice.lease())


def test_a_policy_limits_how_long_a_lease_may_be(own_lab: Lab):
    lab = own_lab
    alice = lab.client("alice", labels={"example.com/team": "a"})
    dut = lab.stub_exporter("dut")
    policy(lab, "short", entry("a", description="short ones", maximumDuration="1h"))
    too_long = alice.lease(seconds=7200)
    assert condition(lab.wait_for_end(too_long), "Unsatisfiable")["reason"] == "NoAccess"
    dut.wait_until_leased(alice.lease(seconds=3600))


def test_a_device_of_a_higher_priority_is_given_first(own_lab: Lab):
    lab = own_lab
    alice = lab.client("alice", labels={"example.com/team": "a"})
    lab.stub_exporter("a-low", labels={"example.com/class": "low"})
    high = lab.stub_exporter("z-high", labels={"example.com/class": "high"})
    policy(lab, "low", entry("a", priority=1), selector={"example.com/class": "low"})
    policy(lab, "high", entry("a", priority=10), selector={"example.com/class": "high"})
    high.wait_until_leased(alice.lease())


def test_a_device_with_spot_access_is_given_last(own_lab: Lab):
    lab = own_lab
    alice = lab.client("alice", labels={"example.com/team": "a"})
    spot = lab.stub_exporter("a-spot", labels={"example.com/class": "spot"})
    plain = lab.stub_exporter("z-plain", labels={"example.com/class": "plain"})
    policy(lab, "spot", entry("a", priority=100, spotAccess=True), selector={"example.com/class": "spot"})
    policy(lab, "plain", entry("a", priority=1), selector={"example.com/class": "plain"})
    first, second = alice.lease(), alice.lease()
    plain.wait_until_leased(first)
    spot.wait_until_leased(second)
    assert status(lab.lease(second))["spotAccess"] is True


def test_a_policy_that_goes_away_no_longer_holds(own_lab: Lab):
    lab = own_lab
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    policy(lab, "closed", entry("nobody", description="nobody"))
    assert condition(lab.wait_for_end(alice.lease()), "Unsatisfiable")["reason"] == "NoAccess"
    lab.kubectl("delete", "exporteraccesspolicies", lab.name("closed"))
    dut.wait_until_leased(alice.lease())


def test_a_running_lease_outlives_a_policy_that_would_forbid_it(own_lab: Lab):
    lab = own_lab
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.lease()
    dut.wait_until_leased(lease)
    policy(lab, "closed", entry("nobody"))
    # A later lease is decided after the policy, so the first has had its chance to be ended by it.
    assert condition(lab.wait_for_end(alice.lease()), "Unsatisfiable")["status"] == "True"
    assert status(lab.lease(lease)).get("ended") is False
