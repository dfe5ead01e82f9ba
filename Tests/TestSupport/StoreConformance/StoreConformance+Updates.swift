import ObjectStore
import Resources
import Testing

extension StoreConformance {
    static let updates: [Case] = [
        Case("an update gives a later version and counts a change of the specification") { subject in
            let created = try await subject.store.create(subject.client("alice"))
            var next = created
            next.spec.username = "dex:alice"
            let updated = try await subject.store.update(next)
            #expect(updated.version > created.version)
            #expect(updated.metadata.generation == 2)
            #expect(updated.metadata.uid == created.metadata.uid)
            #expect(try await subject.store.get(Client.self, subject.key("alice")) == updated)
        },
        Case("a change of metadata alone leaves the generation") { subject in
            var client = try await subject.store.create(subject.client("alice"))
            client.metadata.labels = ["team": "a"]
            client.metadata.annotations = ["note": "b"]
            let updated = try await subject.store.update(client)
            #expect(updated.metadata.generation == 1)
            #expect(updated.metadata.labels == ["team": "a"])
            #expect(updated.metadata.annotations == ["note": "b"])
        },
        Case("an update that changes nothing gives no new version") { subject in
            let created = try await subject.store.create(subject.client("alice", username: "a"))
            #expect(try await subject.store.update(created) == created)
            var next = created
            next.status.endpoint = "first:1"
            let updated = try await subject.store.update(next, subresource: .status)
            #expect(try await subject.store.update(updated, subresource: .status) == updated)
        },
        Case("an update of an older version is a conflict and changes nothing") { subject in
            let first = try await subject.store.create(subject.client("alice"))
            var second = first
            second.spec.username = "second"
            second = try await subject.store.update(second)
            var stale = first
            stale.spec.username = "stale"
            let rejected = stale
            #expect(await reason { _ = try await subject.store.update(rejected) } == .conflict)
            #expect(await reason { _ = try await subject.store.update(rejected, subresource: .status) } == .conflict)
            #expect(try await subject.store.get(Client.self, subject.key("alice")) == second)
        },
        Case("an update meant for another object of the same name is a conflict") { subject in
            let first = try await subject.store.create(subject.client("alice"))
            _ = try await subject.store.delete(.clients, subject.key("alice"), options: DeleteOptions())
            let second = try await subject.store.create(subject.client("alice"))
            #expect(first.metadata.uid != second.metadata.uid)
            var stray = second
            stray.metadata.uid = first.metadata.uid
            let rejected = stray
            #expect(await reason { _ = try await subject.store.update(rejected) } == .conflict)
        },
        Case("of concurrent updates of one version exactly one succeeds") { subject in
            let created = try await subject.store.create(subject.client("alice"))
            let successes = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        var next = created
                        next.spec.username = "writer-\(number)"
                        return (try? await subject.store.update(next)) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(successes == 1)
            #expect(try await subject.store.get(Client.self, subject.key("alice")).metadata.generation == 2)
        },
        Case("an update of nothing is not found") { subject in
            #expect(await reason { _ = try await subject.store.update(subject.client("nobody")) } == .notFound)
        },
    ]

    static let statuses: [Case] = [
        Case("an update of the object keeps the stored status") { subject in
            var client = try await subject.store.create(subject.client("alice"))
            client.status.endpoint = "first:1"
            client = try await subject.store.update(client, subresource: .status)
            client.status.endpoint = "second:2"
            client.spec.username = "dex:alice"
            let updated = try await subject.store.update(client)
            #expect(updated.status.endpoint == "first:1")
            #expect(updated.spec.username == "dex:alice")
        },
        Case("an update of the status keeps everything else, the generation included") { subject in
            var client = try await subject.store.create(subject.client("alice", labels: ["a": "b"]))
            let before = client
            client.status.endpoint = "first:1"
            client.spec.username = "dex:alice"
            client.metadata.labels = [:]
            let updated = try await subject.store.update(client, subresource: .status)
            #expect(updated.status.endpoint == "first:1")
            #expect(updated.spec == before.spec)
            #expect(updated.metadata.labels == ["a": "b"])
            #expect(updated.metadata.generation == 1)
            #expect(updated.version > before.version)
        },
    ]
}
