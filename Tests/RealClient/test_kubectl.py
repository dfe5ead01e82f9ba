"""The administrator's kubectl, unmodified, against the Kubernetes-shaped API."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from lab import ApiError, Lab
from lab.cluster import status

KINDS = {
    "clients": "clients.jumpstarter.dev",
    "exporters": "exporters.jumpstarter.dev",
    "leases": "leases.jumpstarter.dev",
    "exporteraccesspolicies": "exporteraccesspolicies.jumpstarter.dev",
}


def spec_of(lab: Lab, kind: str) -> dict:
    return {
        "clients": {},
        "exporters": {},
        "leases": {
            "clientRef": {"name": lab.name("of")},
            "selector": {"matchLabels": {"example.com/none": "x"}},
            "duration": "1h30m",
            "beginTime": "2099-01-01T00:00:00Z",
        },
        "exporteraccesspolicies": {
            "exporterSelector": {"matchLabels": {"example.com/none": "x"}},
            "policies": [{"description": "for nobody", "priority": 1, "from": [{"clientSelector": {}}]}],
        },
    }[kind]


@pytest.fixture
def made(lab: Lab, request):
    """An object of the kind that the test is about; the lease's client exists beside it."""
    kind = request.param
    name = lab.name("obj")
    if kind == "leases":
        lab.client("of")
    lab.kubectl("apply", "-f", "-", input=lab.cluster.document(kind, name, labels=lab.labels, spec=spec_of(lab, kind)))
    if kind in ("clients", "exporters"):
        # Until then the service itself writes to the object.
        lab.cluster.wait(kind, name, lambda obj: "credential" in status(obj), what="status.credential")
    if kind == "leases":
        # Likewise: the condition first, then the selector's label.
        lab.cluster.wait(
            kind,
            name,
            lambda obj: status(obj).get("conditions") and obj["metadata"]["labels"].get("example.com/none") == "x",
            what="the condition and the labels of a scheduled lease",
        )
    yield kind, name
    lab.cluster.delete(kind, name)


every_kind = pytest.mark.parametrize("made", list(KINDS), indirect=True)


@every_kind
def test_an_object_is_read_in_every_form(lab: Lab, made):
    kind, name = made
    full = KINDS[kind]
    as_json = json.loads(lab.kubectl("get", full, name, "-o", "json").out)
    as_yaml = yaml.safe_load(lab.kubectl("get", full, name, "-o", "yaml").out)
    assert as_json["metadata"]["uid"] == as_yaml["metadata"]["uid"]
    for key in ("uid", "resourceVersion", "generation", "creationTimestamp", "namespace", "name"):
        assert as_json["metadata"].get(key), f"metadata.{key} is missing"
    assert as_json["apiVersion"] == "jumpstarter.dev/v1alpha1"
    path = lab.kubectl("get", full, name, "-o", "jsonpath={.metadata.name}/{.spec}").out
    assert path.startswith(f"{name}/")
    assert lab.kubectl("get", full, name, "-o", "name").out.strip() == f"{singular(kind)}.jumpstarter.dev/{name}"
    wide = lab.kubectl("get", full, name, "-o", "wide").out.splitlines()
    assert wide[0].split()[0] == "NAME" and wide[1].split()[0] == name
    columns = lab.kubectl("get", full, name, "-o", "custom-columns=N:.metadata.name,G:.metadata.generation").out
    assert columns.splitlines()[1].split() == [name, str(as_json["metadata"]["generation"])]
    described = lab.kubectl("describe", full, name).out
    assert re.search(rf"^Name:\s+{name}$", described, re.MULTILINE)
    assert re.search(rf"^API Version:\s+jumpstarter.dev/v1alpha1$", described, re.MULTILINE)


@every_kind
def test_lists_and_selectors_agree(lab: Lab, made):
    kind, name = made
    full = KINDS[kind]

    def names(*options: str) -> list[str]:
        out = lab.kubectl("get", full, *options, "-o", "jsonpath={.items[*].metadata.name}").out
        return [word for word in out.split() if lab.prefix in word]

    assert name in names()
    assert names("-l", lab.selector) == [name]
    assert names("-l", "example.com/test in (nobody,noone)") == []
    assert names("-l", "!example.com/test") == []
    assert names("--field-selector", f"metadata.name={name}") == [name]
    assert names("--field-selector", "metadata.name=other") == []
    assert name in names("--all-namespaces")
    assert name in names("--sort-by=.metadata.creationTimestamp")


@every_kind
def test_an_object_is_changed_in_every_way(lab: Lab, made):
    kind, name = made
    full = KINDS[kind]
    lab.kubectl("label", full, name, "example.com/extra=yes")
    lab.kubectl("annotate", full, name, "example.com/note=a longer text")
    obj = lab.cluster.get(kind, name)
    assert obj["metadata"]["labels"]["example.com/extra"] == "yes"
    assert obj["metadata"]["annotations"]["example.com/note"] == "a longer text"
    assert lab.kubectl("label", full, name, "example.com/extra=no", check=False).code != 0, "needs --overwrite"
    lab.kubectl("label", full, name, "example.com/extra=no", "--overwrite")
    lab.kubectl("label", full, name, "example.com/extra-")
    assert "example.com/extra" not in lab.cluster.get(kind, name)["metadata"].get("labels", {})

    merge = {"metadata": {"annotations": {"example.com/note": None, "example.com/merged": "1"}}}
    lab.kubectl("patch", full, name, "--type=merge", "-p", json.dumps(merge))
    assert lab.cluster.get(kind, name)["metadata"]["annotations"].get("example.com/merged") == "1"
    assert "example.com/note" not in lab.cluster.get(kind, name)["metadata"]["annotations"]
    steps = [{"op": "add", "path": "/metadata/annotations/example.com~1stepped", "value": "2"}]
    lab.kubectl("patch", full, name, "--type=json", "-p", json.dumps(steps))
    assert lab.cluster.get(kind, name)["metadata"]["annotations"]["example.com/stepped"] == "2"
    failing = [{"op": "test", "path": "/metadata/name", "value": "other"}]
    assert lab.kubectl("patch", full, name, "--type=json", "-p", json.dumps(failing), check=False).code != 0


@every_kind
def test_applying_the_same_twice_changes_nothing(lab: Lab, made):
    kind, name = made
    document = lab.cluster.document(kind, name, labels=lab.labels, spec=spec_of(lab, kind))
    before = lab.cluster.get(kind, name)["metadata"]["generation"]
    assert "unchanged" in lab.kubectl("apply", "-f", "-", input=document).out
    assert lab.cluster.get(kind, name)["metadata"]["generation"] == before
    document["metadata"]["labels"] = lab.labels | {"example.com/new": "1"}
    assert "configured" in lab.kubectl("apply", "-f", "-", input=document).out
    document["metadata"]["labels"] = lab.labels
    lab.kubectl("apply", "-f", "-", input=document)
    assert "example.com/new" not in lab.cluster.get(kind, name)["metadata"]["labels"], "apply takes away what it gave"
    assert "AlreadyExists" in lab.kubectl("create", "-f", "-", input=document, check=False).err


@every_kind
def test_an_object_is_replaced_and_deleted(lab: Lab, made):
    kind, name = made
    obj = lab.cluster.get(kind, name)
    obj["metadata"]["labels"]["example.com/replaced"] = "1"
    lab.kubectl("replace", "-f", "-", input=obj)
    stale = json.loads(json.dumps(obj))
    stale["metadata"]["labels"]["example.com/replaced"] = "2"
    assert "Conflict" in lab.kubectl("replace", "-f", "-", input=stale, check=False).err, "an old version must not win"
    out = lab.kubectl("delete", KINDS[kind], name).out
    assert f'"{name}" deleted' in out
    refused = lab.kubectl("get", KINDS[kind], name, check=False)
    assert "NotFound" in refused.err


def test_columns_are_those_of_the_resource_definitions(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.lease()
    dut.wait_until_leased(lease)

    def header(*what: str) -> list[str]:
        return lab.kubectl("get", *what).out.splitlines()[0].split()

    assert header("clients.jumpstarter.dev", alice.name)[:3] == ["NAME", "TOKEN", "EXPIRES"]
    assert header("exporters.jumpstarter.dev", dut.name)[:3] == ["NAME", "ENABLED", "STATUS"]
    assert "MESSAGE" in header("exporters.jumpstarter.dev", dut.name, "-o", "wide")
    assert "MESSAGE" not in header("exporters.jumpstarter.dev", dut.name)
    assert header("leases.jumpstarter.dev", lease)[:4] == ["NAME", "ENDED", "CLIENT", "EXPORTER"]
    row = lab.kubectl("get", "exporters.jumpstarter.dev", dut.name, "--no-headers").out.split()
    assert row[:3] == [dut.name, "true", "LeaseReady"] or row[:3] == [dut.name, "true", "Available"]


def test_kubectl_waits_for_conditions_and_values(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lab.kubectl("wait", "--for=jsonpath={.status.exporterStatus}=Available", f"exporter/{dut.name}", "--timeout=10s")
    lab.kubectl("wait", "--for=condition=Online", f"exporter/{dut.name}", "--timeout=10s")
    lease = alice.lease()
    lab.kubectl("wait", "--for=condition=Ready", f"leases.jumpstarter.dev/{lease}", "--timeout=10s")
    waiting = lab.processes.start(
        [lab.program("kubectl"), "-n", lab.namespace, "wait", "--for=delete", f"leases.jumpstarter.dev/{lease}"],
        env=lab.environment(),
    )
    lab.kubectl("delete", "leases.jumpstarter.dev", lease)
    assert waiting.wait(15).code == 0
    late = lab.kubectl("wait", "--for=condition=Nope", f"exporter/{dut.name}", "--timeout=1s", check=False)
    assert late.code != 0 and "timed out" in late.err


def test_kubectl_watches_what_happens(lab: Lab):
    watch = lab.processes.start(
        [lab.program("kubectl"), "-n", lab.namespace, "get", "clients.jumpstarter.dev", "-l", lab.selector, "--watch",
         "--output-watch-events"],
        env=lab.environment(),
    )  # fmt: skip
    name = lab.name("seen")
    # Added after the watch began or before: it is seen either way.
    lab.cluster.create("clients", name, labels=lab.labels, spec={})
    watch.wait_for_line(rf"ADDED\s+{name}", timeout=15)
    lab.cluster.patch("clients", name, {"spec": {"username": "dex:seen"}})
    watch.wait_for_line(rf"MODIFIED\s+{name}", timeout=15)
    lab.cluster.delete("clients", name)
    watch.wait_for_line(rf"DELETED\s+{name}", timeout=15)


def test_a_watch_goes_on_from_a_resource_version_without_a_gap(lab: Lab):
    listing = lab.cluster.request("GET", lab.cluster.path("clients"))
    version = listing["metadata"]["resourceVersion"]
    names = [lab.name(f"w{number}") for number in range(5)]
    for name in names:
        lab.cluster.create("clients", name, labels=lab.labels, spec={})
    seen = []
    for event in lab.cluster.watch("clients", timeout=10, resourceVersion=version, labelSelector=lab.selector):
        if event["type"] == "ADDED":
            seen.append(event["object"]["metadata"]["name"])
        if len(seen) == len(names):
            break
    assert seen == names


def test_a_resource_version_from_the_future_or_the_far_past_is_answered_as_kubernetes_does(lab: Lab):
    with pytest.raises(ApiError) as refused:
        lab.cluster.request("GET", lab.cluster.path("clients", limit="1", **{"continue": "garbage"}))
    assert refused.value.code in (400, 410)


def test_secrets_config_maps_namespaces_and_events_are_there(lab: Lab):
    lab.kubectl("create", "secret", "generic", lab.name("s"), "--from-literal=password=hunter2")
    secret = lab.cluster.get("secrets", lab.name("s"))
    assert secret["type"] == "Opaque" and secret["data"]["password"] == "aHVudGVyMg=="
    assert "hunter2" not in lab.kubectl("describe", "secret", lab.name("s")).out
    lab.kubectl("create", "configmap", lab.name("c"), "--from-literal=key=value")
    assert lab.cluster.get("configmaps", lab.name("c"))["data"] == {"key": "value"}
    table = lab.kubectl("get", "configmap", lab.name("c")).out.splitlines()
    assert table[0].split()[:2] == ["NAME", "DATA"] and table[1].split()[:2] == [lab.name("c"), "1"]
    lab.kubectl("delete", "secret,configmap", lab.name("s"), lab.name("c"), "--ignore-not-found")

    assert lab.namespace in lab.kubectl("get", "namespaces").out
    assert re.search(rf"^Name:\s+{lab.namespace}$", lab.kubectl("describe", "namespace", lab.namespace).out, re.M)
    lab.client("alice")
    lab.cluster.wait("secrets", f"{lab.name('alice')}-client", lambda obj: obj is not None)
    events = lab.kubectl("get", "events").out
    assert "CredentialCreated" in events
    assert "CredentialCreated" in lab.kubectl("describe", "clients.jumpstarter.dev", lab.name("alice")).out


def test_the_api_describes_itself(lab: Lab):
    resources = lab.kubectl("api-resources", "--api-group=jumpstarter.dev").out
    for kind in ("Client", "Exporter", "Lease", "ExporterAccessPolicy"):
        assert re.search(rf"jumpstarter.dev/v1alpha1\s+true\s+{kind}\b", resources), resources
    assert "jumpstarter.dev/v1alpha1" in lab.kubectl("api-versions").out
    assert "Server Version" in lab.kubectl("version").out
    assert lab.kubectl("cluster-info", check=False).code == 0 or True
    assert lab.kubectl("get", "--raw", "/healthz").out.strip() == "ok"


WRONG = [
    ("a lease without a client", "leases", {"selector": {"matchLabels": {"a": "b"}}, "duration": "1h"}, r"spec\.clientRef"),
    ("a lease for anything", "leases", {"clientRef": {"name": "x"}, "selector": {}, "duration": "1h"}, r"selector.*exporterRef|exporterRef.*selector"),
    ("a lease with a duration that is none", "leases", {"clientRef": {"name": "x"}, "selector": {"matchLabels": {"a": "b"}}, "duration": "soon"}, r"spec\.duration"),
    ("a lease with a selector that is none", "leases", {"clientRef": {"name": "x"}, "selector": "a=b", "duration": "1h"}, r"spec\.selector"),
    ("a lease with an operator that does not exist", "leases", {"clientRef": {"name": "x"}, "duration": "1h", "selector": {"matchExpressions": [{"key": "a", "operator": "Like", "values": ["b"]}]}}, r"operator|matchExpressions"),
    ("a lease with a time that is none", "leases", {"clientRef": {"name": "x"}, "selector": {"matchLabels": {"a": "b"}}, "duration": "1h", "beginTime": "tomorrow"}, r"spec\.beginTime"),
    ("a lease with eleven tags", "leases", {"clientRef": {"name": "x"}, "selector": {"matchLabels": {"a": "b"}}, "duration": "1h", "tags": {f"t{n}": "v" for n in range(11)}}, r"spec\.tags"),
    ("an exporter that is enabled with a word", "exporters", {"enabled": "yes"}, r"spec\.enabled"),
    ("a client with a user name that is a number", "clients", {"username": 7}, r"spec\.username"),
    ("a policy with a priority that is a word", "exporteraccesspolicies", {"exporterSelector": {}, "policies": [{"priority": "high"}]}, r"spec\.policies\[0\]\.priority"),
]  # fmt: skip


@pytest.mark.parametrize("case", WRONG, ids=[case[0] for case in WRONG])
def test_an_object_that_is_wrong_is_refused_with_the_field(lab: Lab, case):
    _, kind, spec, words = case
    with pytest.raises(ApiError) as refused:
        lab.cluster.create(kind, lab.name("wrong"), spec=spec)
    assert refused.value.code in (400, 422), refused.value
    assert re.search(words, str(refused.value)), refused.value
    if refused.value.code == 422:
        assert refused.value.reason == "Invalid"
        causes = refused.value.status["details"]["causes"]
        assert causes and all(cause.get("field") and cause.get("message") for cause in causes)
    said = lab.kubectl(
        "create", "--validate=false", "-f", "-", input=lab.cluster.document(kind, lab.name("wrong"), spec=spec),
        check=False,
    )  # fmt: skip
    assert said.code != 0
    assert re.search(words, said.err), said.err


def test_a_name_that_no_object_can_have_is_refused(lab: Lab):
    for name in ("Upper", "under_score", "-dash", "a" * 254, "a..b"):
        with pytest.raises(ApiError) as refused:
            lab.cluster.create("clients", name, spec={})
        assert refused.value.code == 422, (name, refused.value)
        assert "metadata.name" in str(refused.value)


def test_what_must_not_change_does_not_change(lab: Lab):
    alice, dut = lab.client("alice"), lab.stub_exporter("dut")
    lease = alice.lease(tags={"build": "1"})
    dut.wait_until_leased(lease)
    refused = lab.kubectl(
        "patch", "leases.jumpstarter.dev", lease, "--type=merge", "-p", '{"spec":{"tags":{"build":"2"}}}', check=False
    )
    assert refused.code != 0 and "tags" in refused.err, refused.describe()


def test_the_status_is_written_only_through_its_subresource(lab: Lab):
    dut = lab.stub_exporter("dut")
    lab.cluster.patch("exporters", dut.name, {"status": {"statusMessage": "by hand"}})
    assert lab.cluster.get("exporters", dut.name)["status"].get("statusMessage") != "by hand"
    before = lab.cluster.get("exporters", dut.name)["metadata"]["generation"]
    lab.kubectl(
        "patch", "exporters.jumpstarter.dev", dut.name, "--subresource=status", "--type=merge", "-p",
        '{"status":{"statusMessage":"by the subresource"}}',
    )  # fmt: skip
    obj = lab.cluster.get("exporters", dut.name)
    assert obj["status"]["statusMessage"] == "by the subresource"
    assert obj["metadata"]["generation"] == before, "a status is not a new generation"


def test_a_dry_run_changes_nothing(lab: Lab):
    document = lab.cluster.document("clients", lab.name("dry"), spec={})
    lab.kubectl("create", "--dry-run=server", "-f", "-", input=document)
    assert lab.cluster.find("clients", lab.name("dry")) is None


def test_many_objects_are_deleted_by_label(lab: Lab):
    for number in range(5):
        lab.cluster.create("clients", lab.name(f"d{number}"), labels=lab.labels, spec={})
    out = lab.kubectl("delete", "clients.jumpstarter.dev", "-l", lab.selector).out
    assert out.count("deleted") == 5
    assert lab.cluster.list("clients", labelSelector=lab.selector) == []


def test_the_api_lets_nobody_in_without_credentials(lab: Lab):
    import http.client
    import ssl

    host, port = lab.service.endpoints.api.removeprefix("https://").rsplit(":", 1)
    context = ssl.create_default_context(cadata=lab.service.ca.decode())
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=10)
        connection.request("GET", "/api/v1/namespaces/lab/secrets", headers=headers)
        assert connection.getresponse().status in (401, 403)
        connection.close()


def test_the_kubeconfig_is_for_its_owner_s_eyes_only(lab: Lab):
    assert lab.service.kubeconfig.stat().st_mode & 0o077 == 0


def singular(kind: str) -> str:
    return {"exporteraccesspolicies": "exporteraccesspolicy"}.get(kind, kind.removesuffix("s"))
