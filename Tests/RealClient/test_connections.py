"""Ways to connect: by environment alone, with and without checking certificates, and past the login page."""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl

import pytest

from lab import Lab


@pytest.mark.parametrize("insecure", [False, True], ids=["certificate checked", "certificate not checked"])
def test_client_and_exporter_work_with_and_without_checking_the_certificate(lab: Lab, insecure: bool):
    alice = lab.client("alice", insecure=insecure)
    lab.exporter("dut", insecure=insecure).start()
    alice.shell("j power on")


def test_jmp_admin_writes_the_ca_into_the_configuration(lab: Lab):
    """Without -k: the CA comes from a ConfigMap, and the connection is verified with it."""
    name = lab.name("checked")
    lab.jmp("admin", "create", "client", name, "-n", lab.namespace, "--unsafe", "--save", "--nointeractive")
    client = lab.saved_client(name)
    import yaml

    written = yaml.safe_load((lab.tools.home / ".config/jumpstarter/clients" / f"{name}.yaml").read_text())
    assert written["tls"]["insecure"] is False
    assert base64.b64decode(written["tls"]["ca"]).startswith(b"-----BEGIN CERTIFICATE-----")
    client.jmp("get", "leases")


def test_a_client_without_the_ca_is_told_about_the_certificate(lab: Lab):
    alice = lab.client("alice")
    text = alice.path.read_text()
    alice.path.write_text(re.sub(r"ca: .*", "ca: ''", text))
    refused = alice.jmp("get", "leases", check=False)
    assert refused.code != 0
    assert "certificate" in refused.text.lower(), refused.text


def test_localhost_is_the_service_whichever_of_its_addresses_is_tried(lab: Lab):
    """A client that tries ::1 first must not be told that nobody is there."""
    addresses = {entry[4][0] for entry in socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)}
    assert addresses <= {"127.0.0.1", "::1"}
    for part in ("controller", "router"):
        for address in addresses:
            socket.create_connection((address, lab.service.endpoints.port(part)), timeout=10).close()


def test_a_client_needs_nothing_but_its_environment(lab: Lab):
    alice = lab.client("alice")
    lab.exporter("dut").start()
    environment = {
        "JMP_NAMESPACE": lab.namespace,
        "JMP_NAME": alice.name,
        "JMP_ENDPOINT": lab.service.endpoints.controller,
        "JMP_TOKEN": alice.token,
        "JMP_DRIVERS_ALLOW": "UNSAFE",
        "JUMPSTARTER_GRPC_INSECURE": "1",
    }
    alice.path.unlink()
    lab.jmp("shell", "--selector", lab.selector, "--", "j", "power", "on", env=environment)
    assert lab.jmp("get", "exporters", "--selector", lab.selector, "-o", "name", env=environment).out.strip()


def test_the_certificate_names_the_endpoint_s_host(lab: Lab):
    host, port = lab.service.endpoints.controller.rsplit(":", 1)
    context = ssl.create_default_context(cadata=lab.service.ca.decode())
    import socket

    with context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host) as connection:
        assert connection.version() in ("TLSv1.2", "TLSv1.3")


def test_a_connection_without_alpn_is_answered_and_closed_in_peace(lab: Lab):
    """What `-k` does first, again and again: a handshake without ALPN, a look at the chain, and gone."""
    import socket

    host, port = lab.service.endpoints.controller.rsplit(":", 1)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for _ in range(50):
        with context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=host) as connection:
            assert connection.getpeercert(binary_form=True)
    lab.client("alice").jmp("get", "leases")


def test_the_login_service_tells_how_to_log_in(lab: Lab):
    endpoints = lab.service.endpoints
    code, body = lab.service.fetch(f"{endpoints.login}/v1/auth/config")
    assert code == 200
    document = json.loads(body)
    assert document["grpcEndpoint"] == endpoints.controller
    assert document["routerEndpoint"] == endpoints.router
    assert document["namespace"] == lab.namespace
    assert b"BEGIN CERTIFICATE" in base64.b64decode(document["caBundle"])
    assert document["oidc"] == []
    assert lab.service.fetch(f"{endpoints.login}/healthz")[0] == 200
    code, page = lab.service.fetch(f"{endpoints.login}/")
    assert code == 200 and "jmp admin create client" in page, "nobody can log in without a provider"


def test_a_login_provider_that_is_down_stops_nobody(make_service, make_lab, tmp_path):
    """The service starts, serves those who have tokens of its own, and sends nobody to a login that would not help."""
    issuer = "https://127.0.0.1:1/realm"
    file = tmp_path / "config.yaml"
    file.write_text(
        "authentication:\n"
        "  jwt:\n"
        f"  - issuer: {{url: {issuer}, audiences: [jumpstarter-cli]}}\n"
        "    claimMappings: {username: {claim: preferred_username, prefix: 'dex:'}}\n"
    )
    service = make_service(arguments=["--config", str(file)]).start()
    lab: Lab = make_lab(service)
    lab.client("alice").config.list_leases()
    code, page = service.fetch(f"{service.endpoints.login}/")
    assert code == 200 and "jmp admin create client" in page
    # Tokens of external issuers are refused so far, so their providers are not offered either.
    assert json.loads(service.fetch(f"{service.endpoints.login}/v1/auth/config")[1])["oidc"] == []


def test_metrics_count_what_was_leased(lab: Lab):
    def successes() -> float:
        code, text = lab.service.fetch(f"{lab.service.endpoints.metrics}/metrics")
        assert code == 200
        found = re.search(r'^jumpstarter_lease_acquisitions_total\{result="success"\} (\S+)', text, re.MULTILINE)
        assert found, text[:2000]
        return float(found[1])

    before = successes()
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    dut.wait_until_leased(alice.lease())
    assert successes() == before + 1


def test_probes_answer(lab: Lab):
    assert lab.service.probe("/healthz") == 200
    assert lab.service.probe("/readyz") == 200
