"""The service is killed and started again while people work: what was promised holds."""

from __future__ import annotations

from lab import Lab
from lab.cluster import status
from lab.gate import Gate


def test_a_session_goes_on_after_the_service_was_killed_and_started_again(own_service, own_lab: Lab, tmp_path):
    lab = own_lab
    gate = Gate(tmp_path / "gate")
    alice = lab.client("alice")
    dut = lab.exporter("dut").start()
    lease = alice.lease(seconds=1800)
    shell = alice.start_shell(f"j power on && echo first && {gate.wait} && j power off && echo second", lease=lease)
    shell.wait_for_line("^first", timeout=60)
    before = lab.cluster.get("leases", lease)

    own_service.kill()
    own_service.start()

    after = lab.cluster.get("leases", lease)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert status(after)["exporterRef"] == status(before)["exporterRef"]
    assert status(after).get("ended") is False
    gate.open()
    shell.wait_for_line("^second", timeout=60)
    assert dut.running, "the exporter should have outlived the service"
    # The lease and the exporter serve new shells just as well.
    lab.wait_for_status(dut.name, "LeaseReady", timeout=40)
    alice.shell("j power on", lease=lease)


def test_a_lease_that_waited_is_served_after_a_restart(own_service, own_lab: Lab):
    lab = own_lab
    alice, bob = lab.client("alice"), lab.client("bob")
    dut = lab.exporter("dut").start()
    held, waiting = alice.lease(), bob.lease()
    lab.wait_for_status(dut.name, "LeaseReady")

    own_service.kill()
    own_service.start()

    lab.wait_for_status(dut.name, "LeaseReady", timeout=40)
    alice.config.delete_lease(name=held)
    lab.wait_for_lease(waiting, "Ready", timeout=40)
    bob.shell("j power on", lease=waiting)


def test_a_lease_whose_time_ran_out_while_the_service_was_down_ends_at_once_after(own_service, own_lab: Lab):
    lab = own_lab
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.lease(seconds=2)
    dut.wait_until_leased(lease)
    begun = lab.lease(lease)
    own_service.kill()
    from datetime import datetime, timedelta, timezone
    from threading import Event

    end = datetime.fromisoformat(status(begun)["beginTime"]) + timedelta(seconds=3)
    Event().wait(max(0.0, (end - datetime.now(timezone.utc)).total_seconds()))
    own_service.start()
    lab.wait_for_end(lease, timeout=5)


def test_an_exporter_outlives_several_restarts(own_service, own_lab: Lab):
    lab = own_lab
    alice = lab.client("alice")
    dut = lab.exporter("dut", insecure=True).start()
    for number in range(3):
        own_service.kill() if number % 2 else own_service.stop()
        own_service.start()
        alice.shell("j power on", timeout=90)
    assert dut.running
    assert "rapid failure" not in dut.log(), "a restart must not cost an exporter one of its five lives"


def test_everything_is_kept_over_a_restart(own_service, own_lab: Lab):
    lab = own_lab
    alice = lab.client("alice")
    lab.kubectl("create", "configmap", "kept", "--from-literal=key=value")
    ca, kubeconfig = own_service.ca, own_service.kubeconfig.read_text()
    before = {kind: lab.cluster.list(kind) for kind in ("clients", "secrets", "configmaps")}

    own_service.stop()
    own_service.start()

    assert own_service.ca == ca
    assert own_service.kubeconfig.read_text() == kubeconfig
    for kind, objects in before.items():
        assert {obj["metadata"]["uid"] for obj in objects} <= {obj["metadata"]["uid"] for obj in lab.cluster.list(kind)}
    alice.jmp("get", "leases")


def test_a_stop_in_a_session_is_clean_and_takes_at_most_five_seconds(own_service, own_lab: Lab):
    lab = own_lab
    alice = lab.client("alice")
    lab.exporter("dut").start()
    shell = alice.start_shell("j power on && echo first && sleep 60")
    shell.wait_for_line("^first", timeout=60)
    own_service.stop(timeout=5)
    shell.kill()


def test_a_client_that_no_longer_answers_does_not_hold_up_a_stop(own_service, own_lab: Lab):
    """A connection on which nobody reads any more, as a frozen machine leaves it."""
    import socket
    import ssl

    context = ssl.create_default_context(cadata=own_service.ca.decode())
    context.set_alpn_protocols(["h2"])
    frozen = []
    for address in (own_service.endpoints.controller, own_service.endpoints.router):
        host, port = address.rsplit(":", 1)
        connection = context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host)
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
        assert connection.recv(9), "the server's own settings"
        frozen.append(connection)
    own_service.stop(timeout=5)
    for connection in frozen:
        connection.close()
