import ObjectStore
import Resources
import Testing

extension StoreConformance {
    static let deletion: [Case] = [
        Case("a deleted object is gone, and answered as it last was") { subject in
            let created = try await subject.store.create(subject.client("alice", username: "a"))
            let deleted = try await subject.store.delete(.clients, created.key, options: DeleteOptions())
                .decoded(as: Client.self)
            #expect(deleted.spec == created.spec)
            #expect(deleted.metadata.uid == created.metadata.uid)
            #expect(await reason { _ = try await subject.store.get(.clients, created.key) } == .notFound)
            #expect(
                await reason { _ = try await subject.store.delete(.clients, created.key, options: DeleteOptions()) }
                    == .notFound
            )
        },
        Case("a deletion whose precondition does not hold is a conflict") { subject in
            let created = try await subject.store.create(subject.client("alice"))
            for options in [DeleteOptions(uid: "another"), DeleteOptions(resourceVersion: "1000000000")] {
                #expect(
                    await reason { _ = try await subject.store.delete(.clients, created.key, options: options) }
                        == .conflict
                )
            }
            let exact = DeleteOptions(uid: created.metadata.uid, resourceVersion: created.metadata.resourceVersion)
            _ = try await subject.store.delete(.clients, created.key, options: exact)
        },
        Case("an object with finalizers is marked, and goes with the last of them") { subject in
            var client = subject.client("alice")
            client.metadata.finalizers = ["lab.example.com/first", "lab.example.com/second"]
            client = try await subject.store.create(client)
            let marked = try await subject.store.delete(.clients, client.key, options: DeleteOptions())
            #expect(marked.metadata.deletionTimestamp != nil)
            let again = try await subject.store.delete(.clients, client.key, options: DeleteOptions())
            #expect(again.metadata.deletionTimestamp == marked.metadata.deletionTimestamp)

            var next = try await subject.store.get(Client.self, client.key)
            next.metadata.finalizers = ["lab.example.com/second"]
            next = try await subject.store.update(next)
            #expect(next.metadata.deletionTimestamp == marked.metadata.deletionTimestamp)
            next.metadata.finalizers = []
            _ = try await subject.store.update(next)
            #expect(await reason { _ = try await subject.store.get(.clients, client.key) } == .notFound)
        },
        Case("an object that is being deleted takes no new finalizer") { subject in
            var client = subject.client("alice")
            client.metadata.finalizers = ["lab.example.com/first"]
            client = try await subject.store.create(client)
            _ = try await subject.store.delete(.clients, client.key, options: DeleteOptions())
            var next = try await subject.store.get(Client.self, client.key)
            next.metadata.finalizers.append("lab.example.com/second")
            let rejected = next
            #expect(await reason { _ = try await subject.store.update(rejected) } == .invalid)
        },
        Case("versions grow across deletion and re-creation") { subject in
            let first = try await subject.store.create(subject.client("alice"))
            let deleted = try await subject.store.delete(.clients, first.key, options: DeleteOptions())
            let second = try await subject.store.create(subject.client("alice"))
            #expect(first.version <= deleted.version)
            #expect(deleted.version < second.version)
            #expect(first.metadata.uid != second.metadata.uid)
        },
    ]

    static let ownership: [Case] = [
        Case("a deletion takes along what the object owns, of other kinds too, and what those own") { subject in
            let store = subject.store
            let owner = try await store.create(subject.client("alice"))
            let ownerReference = try #require(owner.controllerReference)
            let owned = try await store.create(subject.configMap("owned", owners: [ownerReference]))
            let ownedReference = try #require(owned.controllerReference)
            _ = try await store.create(subject.configMap("owned-by-owned", owners: [ownedReference]))
            _ = try await store.create(subject.configMap("free"))
            let version = try await subject.presentVersion(of: .configMaps)
            let watch = try await store.watch(
                .configMaps,
                namespace: subject.namespace,
                options: WatchOptions(resourceVersion: version)
            )
            _ = try await store.delete(.clients, owner.key, options: DeleteOptions())
            var deleted: Set<String> = []
            for try await case .deleted(let object) in watch {
                deleted.insert(object.metadata.name)
                if deleted.count == 2 { break }
            }
            #expect(deleted == ["owned", "owned-by-owned"])
            _ = try await store.get(.configMaps, subject.key("free"))
        },
        Case("an object with two owners goes with the second of them") { subject in
            let store = subject.store
            let first = try await store.create(subject.client("first"))
            let second = try await store.create(subject.client("second"))
            let owners = try [#require(first.controllerReference), #require(second.controllerReference)].map { owner in
                var owner = owner
                owner.controller = nil
                return owner
            }
            let created = try await store.create(subject.configMap("shared", owners: owners))
            let watch = try await store.watch(
                .configMaps,
                namespace: subject.namespace,
                options: WatchOptions(resourceVersion: created.metadata.resourceVersion)
            )
            var events = watch.makeAsyncIterator()
            _ = try await store.delete(.clients, first.key, options: DeleteOptions())
            guard case .modified(let left) = try await events.next() else {
                Issue.record("expected the lost owner to be taken off")
                return
            }
            #expect(left.metadata.ownerReferences.map(\.name) == ["second"])
            _ = try await store.delete(.clients, second.key, options: DeleteOptions())
            guard case .deleted = try await events.next() else {
                Issue.record("expected a deletion")
                return
            }
        },
        Case("orphaning keeps what the object owned, without the reference") { subject in
            let store = subject.store
            let owner = try await store.create(subject.client("alice"))
            let reference = try #require(owner.controllerReference)
            let created = try await store.create(subject.configMap("owned", owners: [reference]))
            let watch = try await store.watch(
                .configMaps,
                namespace: subject.namespace,
                options: WatchOptions(resourceVersion: created.metadata.resourceVersion)
            )
            var events = watch.makeAsyncIterator()
            _ = try await store.delete(.clients, owner.key, options: DeleteOptions(propagation: .orphan))
            guard case .modified(let orphan) = try await events.next() else {
                Issue.record("expected the reference to be taken off")
                return
            }
            #expect(orphan.metadata.ownerReferences.isEmpty)
        },
    ]
}
