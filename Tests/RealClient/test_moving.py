"""A lab is moved into another service by `jumpstarter export` and `jumpstarter import`: tokens and leases stay."""

from __future__ import annotations

import shutil

from lab import Lab
from lab.cluster import status


def test_a_client_goes_on_with_its_token_and_its_lease_in_the_service_that_its_lab_was_moved_to(
    make_service, make_lab, processes
):
    old = make_service("old").start()
    lab: Lab = make_lab(old)
    alice = lab.client("alice")
    lab.stub_exporter("dut")
    lease = alice.lease(seconds=1800)
    before = lab.lease(lease)
    old.stop()

    program, environment = str(old.tools.service), old.tools.environment()
    file = old.data_dir.parent / "lab.yaml"
    processes.run(
        [program, "export", "--data-dir", str(old.data_dir), "--namespace", old.namespace, "--output", str(file)],
        env=environment,
    )
    assert file.stat().st_mode & 0o077 == 0, "others can read the tokens"

    new = make_service("new")
    new.data_dir.mkdir()
    for name in ("controller.key", "router.key", "ca.key", "ca.crt"):
        shutil.copy(old.data_dir / name, new.data_dir / name)
    command = [program, "import", str(file), "--data-dir", str(new.data_dir), "--namespace", new.namespace]
    processes.run(command, env=environment)
    again = processes.run(command, env=environment, check=False)
    assert again.code == 1 and "exist already" in again.text

    new._endpoints = old.endpoints
    new.start()
    moved = new.cluster.get("leases", lease)
    assert status(moved)["exporterRef"] == status(before)["exporterRef"]
    assert status(moved)["ended"] is False
    assert new.cluster.get("exporters", status(moved)["exporterRef"]["name"])["status"]["leaseRef"]["name"] == lease
    shown = alice.jmp("get", "leases")
    assert lease in shown.text
    alice.config.delete_lease(name=lease)
