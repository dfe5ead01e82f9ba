import ObjectStore
import Resources
import Testing

extension StoreConformance {
    static let patches: [Case] = [
        Case("a merge patch replaces what it names and removes what it sets to null") { subject in
            let created = try await subject.store.create(
                subject.client("alice", labels: ["old": "1", "kept": "2"], username: "a")
            )
            let patch: JSONValue = ["metadata": ["labels": ["old": nil, "new": "3"]], "spec": ["username": "b"]]
            let patched = try await subject.store.patch(.clients, created.key, .merge(patch), subresource: .main)
                .decoded(as: Client.self)
            #expect(patched.metadata.labels == ["kept": "2", "new": "3"])
            #expect(patched.spec.username == "b")
            #expect(patched.metadata.generation == 2)
            #expect(patched.version > created.version)
        },
        Case("a JSON patch is carried out in order") { subject in
            let created = try await subject.store.create(subject.client("alice", labels: ["a": "1"]))
            let patch = Patch.json([
                .test(path: "/metadata/labels/a", value: "1"),
                .add(path: "/metadata/labels/lab.example.com~1b", value: "2"),
                .remove(path: "/metadata/labels/a"),
            ])
            let patched = try await subject.store.patch(.clients, created.key, patch, subresource: .main)
            #expect(patched.metadata.labels == ["lab.example.com/b": "2"])
        },
        Case("a JSON patch whose test fails is invalid and changes nothing") { subject in
            let created = try await subject.store.create(subject.client("alice", labels: ["a": "1"]))
            let patch = Patch.json([
                .remove(path: "/metadata/labels/a"), .test(path: "/metadata/name", value: "bob"),
            ])
            #expect(
                await reason {
                    _ = try await subject.store.patch(.clients, created.key, patch, subresource: .main)
                } == .invalid
            )
            #expect(try await subject.store.get(Client.self, created.key) == created)
        },
        Case("a patch of the status changes the status alone") { subject in
            let created = try await subject.store.create(subject.client("alice", username: "a"))
            let patch: JSONValue = ["spec": ["username": "b"], "status": ["endpoint": "first:1"]]
            let patched = try await subject.store.patch(.clients, created.key, .merge(patch), subresource: .status)
                .decoded(as: Client.self)
            #expect(patched.status.endpoint == "first:1")
            #expect(patched.spec.username == "a")
            #expect(patched.metadata.generation == 1)
        },
        Case("a patch that names an older version is a conflict") { subject in
            let created = try await subject.store.create(subject.client("alice"))
            var next = created
            next.spec.username = "b"
            _ = try await subject.store.update(next)
            let version = try #require(created.metadata.resourceVersion)
            let patch: JSONValue = ["metadata": ["resourceVersion": .string(version)], "spec": ["username": "c"]]
            #expect(
                await reason {
                    _ = try await subject.store.patch(.clients, created.key, .merge(patch), subresource: .main)
                } == .conflict
            )
        },
        Case("a patch of nothing is not found") { subject in
            #expect(
                await reason {
                    let key = subject.key("nobody")
                    _ = try await subject.store.patch(.clients, key, .merge([:]), subresource: .main)
                } == .notFound
            )
        },
    ]
}
