import ObjectStore
import Resources
import Testing

extension StoreConformance {
    static let creation: [Case] = [
        Case("a new object has uid, version, generation 1 and a creation time") { subject in
            let created = try await subject.store.create(subject.client("alice", username: "dex:alice"))
            #expect(created.metadata.uid?.isEmpty == false)
            #expect(created.version > 0)
            #expect(created.metadata.generation == 1)
            #expect(created.metadata.creationTimestamp != nil)
            #expect(created.spec.username == "dex:alice")
            #expect(try await subject.store.get(Client.self, subject.key("alice")) == created)
        },
        Case("a kind without a status subresource has no generation") { subject in
            let created = try await subject.store.create(subject.configMap("settings", data: ["a": "b"]))
            #expect(created.metadata.generation == nil)
            #expect(created.data == ["a": "b"])
        },
        Case("the status of a new object is dropped") { subject in
            var client = subject.client("alice")
            client.status.endpoint = "lab.example.com:8082"
            let created = try await subject.store.create(client)
            #expect(created.status.endpoint == nil)
        },
        Case("a name is taken once in a namespace and kind") { subject in
            _ = try await subject.store.create(subject.client("alice"))
            #expect(await reason { _ = try await subject.store.create(subject.client("alice")) } == .alreadyExists)
            var elsewhere = subject.client("alice")
            elsewhere.metadata.namespace = subject.otherNamespace
            _ = try await subject.store.create(elsewhere)
            _ = try await subject.store.create(subject.configMap("alice"))
        },
        Case("a generated name has the prefix and five more characters, another each time") { subject in
            var first = subject.client("")
            first.metadata.generateName = "job-"
            let names = try await [
                subject.store.create(first).metadata.name, subject.store.create(first).metadata.name,
            ]
            #expect(names.allSatisfy { $0.hasPrefix("job-") && $0.count == 9 })
            #expect(Set(names).count == 2)
        },
        Case("an object to be created must not carry a resource version") { subject in
            var client = subject.client("alice")
            client.metadata.resourceVersion = "7"
            #expect(await reason { _ = try await subject.store.create(client) } == .badRequest)
        },
        Case("a name or label that Kubernetes would refuse is invalid") { subject in
            #expect(await reason { _ = try await subject.store.create(subject.client("Alice_")) } == .invalid)
            #expect(await reason { _ = try await subject.store.create(subject.client("")) } == .invalid)
            let labelled = subject.client("alice", labels: ["a b": "c"])
            #expect(await reason { _ = try await subject.store.create(labelled) } == .invalid)
        },
        Case("what is not there is not found") { subject in
            #expect(
                await reason { _ = try await subject.store.get(.clients, subject.key("nobody")) } == .notFound
            )
        },
    ]
}
