"""Tokens: what they say, who gets a new one and how."""

from __future__ import annotations

import base64

import grpc
import yaml
from jumpstarter_protocol import client_pb2

from lab import Lab, token_claims
from lab.cluster import status


def secret_token(lab: Lab, name: str) -> str:
    return base64.b64decode(lab.cluster.get("secrets", name)["data"]["token"]).decode()


def test_a_token_says_whose_it_is(lab: Lab):
    alice, dut = lab.client("alice"), lab.exporter("dut")
    for kind, holder in (("client", alice), ("exporter", dut)):
        obj = lab.cluster.get(f"{kind}s", holder.name)
        claims = token_claims(holder.token)
        assert claims["sub"] == f"{kind}:{lab.namespace}:{holder.name}:{obj['metadata']['uid']}"
        assert claims["iss"] == "https://localhost:8085"
        assert "jumpstarter" in claims["aud"]
        secret = lab.cluster.get("secrets", status(obj)["credential"]["name"])
        assert secret["metadata"]["name"] == f"{holder.name}-{kind}"
        assert secret["type"] == "Opaque"
        owner = secret["metadata"]["ownerReferences"][0]
        assert (owner["kind"], owner["name"]) == (kind.capitalize(), holder.name)


def test_a_client_sees_how_long_its_token_is_good(lab: Lab):
    shown = lab.client("alice").jmp("auth", "status")
    assert "Valid" in shown.text
    assert "client:" in shown.text


def test_an_administrator_gives_a_client_a_new_token(lab: Lab):
    alice = lab.client("alice")
    old = alice.token
    lab.jmp("admin", "rotate", "client", alice.name, "-n", lab.namespace, "--save")
    assert alice.token != old
    assert alice.token == secret_token(lab, f"{alice.name}-client")
    alice.jmp("get", "leases")


def test_a_client_gives_itself_a_new_token(lab: Lab):
    alice = lab.client("alice")
    old = alice.token
    done = alice.jmp("auth", "rotate")
    assert "Token rotated" in done.text
    assert alice.token != old
    assert alice.token == secret_token(lab, f"{alice.name}-client")
    alice.jmp("get", "exporters")
    assert yaml.safe_load(alice.path.read_text())["metadata"]["name"] == alice.name


def test_a_deleted_secret_comes_back(lab: Lab):
    dut = lab.exporter("dut")
    name = f"{dut.name}-exporter"
    before = lab.cluster.get("secrets", name)["metadata"]["uid"]
    lab.cluster.delete("secrets", name)
    lab.cluster.wait("secrets", name, lambda obj: obj is not None and obj["metadata"]["uid"] != before, timeout=10)


def test_a_damaged_secret_is_mended(lab: Lab):
    alice = lab.client("alice")
    name = f"{alice.name}-client"
    garbage = base64.b64encode(b"not a token").decode()
    lab.cluster.patch("secrets", name, {"data": {"token": garbage}})
    lab.cluster.wait("secrets", name, lambda obj: obj is not None and obj["data"]["token"] != garbage, timeout=10)
    lab.saved_client(alice.name).jmp("get", "leases")


def test_the_token_of_a_deleted_client_is_worth_nothing(lab: Lab):
    alice = lab.client("alice")
    caller = alice.caller()
    lab.kubectl("delete", "clients.jumpstarter.dev", alice.name)
    refused = caller.refusal("client.ListLeases", client_pb2.ListLeasesRequest(parent=f"namespaces/{lab.namespace}"))
    assert refused.code() in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)
    lab.cluster.wait("secrets", f"{alice.name}-client", lambda obj: obj is None, timeout=10)


def test_the_token_of_an_earlier_client_of_the_same_name_is_worth_nothing(lab: Lab):
    alice = lab.client("alice")
    caller = alice.caller()
    lab.cluster.delete("clients", alice.name)
    lab.cluster.wait("clients", alice.name, lambda obj: obj is None, timeout=10)
    again = lab.client("alice")
    again.jmp("get", "leases")
    refused = caller.refusal("client.ListLeases", client_pb2.ListLeasesRequest(parent=f"namespaces/{lab.namespace}"))
    assert refused.code() == grpc.StatusCode.PERMISSION_DENIED


def test_a_client_s_expiry_is_shown_on_the_object(lab: Lab):
    alice = lab.client("alice")
    obj = lab.cluster.wait("clients", alice.name, lambda obj: "tokenExpiresAt" in status(obj), timeout=10)
    assert obj["status"]["tokenExpiresAt"].endswith("Z")
    condition = next(c for c in obj["status"]["conditions"] if c["type"] == "TokenExpiring")
    assert (condition["status"], condition["reason"]) == ("False", "Valid")
