"""`jumpstarter manifests` and the Helm chart: both valid, and alike object by object."""

from __future__ import annotations

import copy
import os
import re
import shlex
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml
from strict import object_problems

# Helm's own engine; its wheel is for amd64 only.
helm = pytest.importorskip("helm_python")

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/helm/jumpstarter"
MANIFESTS = shlex.split(os.environ.get("JUMPSTARTER_MANIFESTS", f"{ROOT}/.build/debug/jumpstarter manifests"))

PUBLIC = {"endpoint": "lab.example.com:443", "routers": {"count": 2, "endpoint": "router-{n}.example.com:443"}}
VARIANTS = {
    "defaults": {},
    "node ports": {
        "endpoint": "node.example.com:30082", "exposure": {"type": "nodePort"},
        "routers": {"count": 3, "endpoint": "node.example.com:30083"},
    },
    "load balancer": PUBLIC | {"exposure": {"type": "loadBalancer", "annotations": {"example.com/a": "b"}}},
    "ingress": PUBLIC | {"exposure": {"type": "ingress"}, "certificates": {"source": "certManager"}},
    "TLS routes": PUBLIC | {"exposure": {"type": "gateway", "gateway": {"name": "g", "sectionName": "tls"}}},
    "gRPC routes": PUBLIC | {"exposure": {"type": "gateway", "gateway": {"name": "g", "route": "GRPCRoute"}}},
    "an issuer": {"certificates": {"source": "certManager", "issuer": {"name": "i", "kind": "ClusterIssuer"}}},
    "given Secrets": {
        "certificates": {"source": "secret", "secretName": "t", "ca": "-----A-----\nb\n"},
        "keys": {"source": "secret", "secretName": "k"},
    },
    "everything else": {
        "image": {"pullSecrets": ["p"], "pullPolicy": "Always"}, "networkPolicy": {"enabled": True},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus", "app.kubernetes.io/name": "another"}},
        "config": "provisioning:\n  enabled: true\n", "crds": {"install": False},
        "loginEndpoint": "https://login.example.com", "controller": {"replicas": 1},
    },
    "generated keys": {"keys": {"source": "generated"}},
}  # fmt: skip


def documents(text: str) -> list[dict]:
    return [document for document in yaml.safe_load_all(text) if document]


def printed(values: dict, folder: Path) -> list[dict]:
    file = folder / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    command = [*MANIFESTS, "--namespace", "lab", "--values", str(file)]
    return documents(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def charted(values: dict) -> list[dict]:
    with helm.Chart.load(str(CHART)) as chart:
        chart.validate_schema(values)
        files = chart.render(values, name="any", namespace="lab")
    return [d for name, text in files.items() if name.endswith(".yaml") for d in documents(text)]


def by_key(objects: list[dict]) -> dict:
    result = {}
    for item in objects:
        item = copy.deepcopy(item)
        key = item["apiVersion"], item["kind"], item["metadata"]["name"]
        assert key not in result, f"{key} is there twice"
        if item["kind"] == "Secret":
            # Random, and kept by Helm's own annotation.
            item.pop("data", None), item.pop("stringData", None), item["metadata"].pop("annotations", None)
        if item["kind"] == "CustomResourceDefinition":
            item["metadata"].pop("annotations", None)
        if item["kind"] != "Namespace":
            result[key] = item
    return result


@pytest.mark.parametrize("name", VARIANTS)
def test_both_ways_give_the_same_objects(name, tmp_path):
    one, other = by_key(printed(VARIANTS[name], tmp_path)), by_key(charted(VARIANTS[name]))
    assert one.keys() == other.keys()
    for key in one:
        assert one[key] == other[key], key


@pytest.mark.parametrize("name", VARIANTS)
def test_every_field_is_one_of_the_kubernetes_api(name, tmp_path):
    for item in printed(VARIANTS[name], tmp_path) + charted(VARIANTS[name]):
        assert object_problems(item) == []


def test_the_checker_finds_misspelt_fields_missing_ones_and_wrong_types(tmp_path):
    deployment = next(d for d in printed({}, tmp_path) if d["kind"] == "Deployment")
    for spoil in (
        lambda d: d["spec"]["template"]["spec"].update(hostNetwrk=True),
        lambda d: d["spec"].pop("selector"),
        lambda d: d["spec"].update(replicas="two"),
    ):
        bad = copy.deepcopy(deployment)
        spoil(bad)
        assert object_problems(bad)


def schemas(schema: dict, path: str):
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from schemas(inner, f"{path}.{name}")
    for part in ("items", "additionalProperties"):
        if part in schema:
            yield from schemas(schema[part], f"{path}.{part}")


def test_the_definitions_are_structural(tmp_path):
    definitions = [d for d in printed({}, tmp_path) if d["kind"] == "CustomResourceDefinition"]
    assert len(definitions) == 4
    for definition in definitions:
        root = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        for path, schema in schemas(root, definition["spec"]["names"]["kind"]):
            assert "type" in schema, path
            assert not ("properties" in schema and "additionalProperties" in schema), path
            assert not {"$ref", "definitions", "uniqueItems"} & schema.keys(), path
            assert set(schema.get("required", [])) <= schema.get("properties", {}).keys(), path
            if keys := schema.get("x-kubernetes-list-map-keys"):
                # Keys of such lists must be required or have a default.
                assert set(keys) <= set(schema["items"].get("required", [])), path


def test_the_values_are_all_in_the_schema_and_unknown_ones_are_refused():
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(values, schema)
    for bad in ({"imagee": {}}, {"routers": {"count": 0}}, {"exposure": {"type": "none"}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, schema)


def test_every_value_has_a_comment():
    lines = (CHART / "values.yaml").read_text().splitlines()
    for number, line in enumerate(lines):
        if re.fullmatch(r"\s*\w+: \S.*", line):
            assert lines[number - 1].lstrip().startswith("#"), line


def test_examples_fit_the_definitions(tmp_path):
    definitions = {
        d["spec"]["names"]["kind"]: d["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        for d in printed({}, tmp_path)
        if d["kind"] == "CustomResourceDefinition"
    }
    lease = {"spec": {"clientRef": {"name": "alice"}, "duration": "30m", "tags": {"a": "b"}}}
    jsonschema.validate(lease, definitions["Lease"])
    jsonschema.validate({"spec": {"enabled": False}}, definitions["Exporter"])
    for bad in ({"spec": {}}, {"spec": lease["spec"] | {"tags": {str(n): "" for n in range(11)}}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, definitions["Lease"])
