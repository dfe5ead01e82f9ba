"""Lists longer than a page, through the client library and through kubectl."""

from __future__ import annotations

from jumpstarter_protocol import client_pb2

from lab import Lab

COUNT = 120


def make_many(lab: Lab) -> set[str]:
    documents = [
        lab.cluster.document("exporters", lab.name(f"many-{number:03}"), labels=lab.labels, spec={})
        for number in range(COUNT)
    ]
    lab.kubectl("apply", "--filename", "-", input={"apiVersion": "v1", "kind": "List", "items": documents}, timeout=60)
    return {document["metadata"]["name"] for document in documents}


def test_every_exporter_of_many_pages_is_listed_once(lab: Lab):
    names = make_many(lab)
    alice = lab.client("alice")

    # The client asks for 100 at a time.
    listed = alice.config.list_exporters(filter=lab.selector).exporters
    assert sorted(exporter.name for exporter in listed) == sorted(names)
    shown = alice.jmp("get", "exporters", "--selector", lab.selector, "-o", "name").out.split()
    assert len([word for word in shown if lab.prefix in word]) == COUNT

    chunked = lab.kubectl("get", "exporters", "--selector", lab.selector, "--chunk-size", "50", "-o", "name").out
    assert len(chunked.split()) == COUNT == len(set(chunked.split()))

    pages, token = [], ""
    caller = alice.caller()
    while True:
        page = caller.call(
            "client.ListExporters",
            client_pb2.ListExportersRequest(
                parent=f"namespaces/{lab.namespace}", page_size=33, page_token=token, filter=lab.selector
            ),
        )
        pages.append([exporter.name.rsplit("/", 1)[1] for exporter in page.exporters])
        if len(pages) == 2:
            # What comes and goes between two pages must neither repeat nor hide the others.
            lab.cluster.delete("exporters", pages[0][0])
            lab.cluster.create("exporters", lab.name("many-000-new"), labels=lab.labels, spec={})
        token = page.next_page_token
        if not token:
            break
    assert [len(page) for page in pages[:3]] == [33, 33, 33]
    seen = [name for page in pages for name in page]
    assert len(seen) == len(set(seen)), "an exporter came twice"
    assert names - set(seen) == set(), "an exporter was left out"


def test_every_lease_of_many_pages_is_listed_once(lab: Lab):
    alice = lab.client("alice")
    lab.exporter("dut", drivers={})
    caller = alice.caller()
    made = set()
    for number in range(COUNT):
        lease = client_pb2.Lease(selector=lab.selector)
        lease.duration.FromSeconds(600)
        answer = caller.call(
            "client.CreateLease",
            client_pb2.CreateLeaseRequest(
                parent=f"namespaces/{lab.namespace}", lease=lease, lease_id=lab.name(f"lease-{number}")
            ),
        )
        made.add(answer.name.rsplit("/", 1)[1])
    listed = [lease.name for lease in alice.config.list_leases().leases if lease.client == alice.name]
    assert sorted(listed) == sorted(made)
