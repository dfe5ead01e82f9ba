import Foundation
import GRDB
import ObjectStore
import Resources
import SQLiteStore
import TestSupport
import Testing

@Suite("Writing to a SQLiteStore", .timeLimit(.minutes(1)))
struct SQLiteStoreWritingTests {
    private static func client(_ name: String) -> Client {
        Client(metadata: ObjectMeta(name: name, namespace: "lab"))
    }

    private static func configMap(_ name: String, owner: OwnerReference? = nil, finalizers: [String] = []) -> ConfigMap
    {
        var map = ConfigMap(metadata: ObjectMeta(name: name, namespace: "lab"), data: [:])
        map.metadata.ownerReferences = owner.map { [$0] } ?? []
        map.metadata.finalizers = finalizers
        return map
    }

    private static func names(_ store: SQLiteStore, _ type: ResourceType) async throws -> [String] {
        try await store.list(type, namespace: nil, options: ListOptions()).items.map(\.metadata.name)
    }

    @Test("concurrent writes share commits, and a refused one undoes nothing of the others")
    func groupCommit() async throws {
        try await withStore { store in
            _ = try await store.create(Self.client("taken"))
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let name = number.isMultiple(of: 2) ? "client-\(number)" : "taken"
                        return (try? await store.create(Self.client(name))) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(outcomes == 100)
            #expect(try await Self.names(store, .clients).count == 101)
        }
    }

    @Test("refuses writes beyond the bound of its queue, and does those within")
    func queueBound() async throws {
        let folder = try TemporaryFolder()
        var configuration = folder.configuration()
        configuration.maximumQueuedWrites = 5
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let blocker = DispatchSemaphore(value: 0)
        configuration.makeUID = {
            arrival.yield()
            blocker.wait()
            return UUID().uuidString
        }
        let store = try SQLiteStore(configuration)
        async let first = store.create(Self.client("first"))
        // The first is on the writer's thread now, and waits there: the queue is empty.
        for await _ in arrived { break }
        let refused = await withTaskGroup(of: StoreError.Reason?.self) { group in
            for number in 0..<20 {
                group.addTask {
                    do {
                        _ = try await store.create(Self.client("client-\(number)"))
                        return nil
                    } catch {
                        return (error as? StoreError)?.reason
                    }
                }
            }
            var reasons: [StoreError.Reason] = []
            for await reason in group {
                if let reason { reasons.append(reason) }
                if reasons.count == 15 { for _ in 0..<6 { blocker.signal() } }
            }
            return reasons
        }
        #expect(refused == Array(repeating: .unavailable, count: 15))
        _ = try await first
        #expect(try await Self.names(store, .clients).count == 6)
        try await store.close()
    }

    @Test("an update without a resource version is unconditional")
    func unconditionalUpdate() async throws {
        try await withStore { store in
            let created = try await store.create(Self.client("a"))
            var next = created
            next.spec.username = "1"
            _ = try await store.update(next)
            next.metadata.resourceVersion = nil
            next.spec.username = "2"
            #expect(try await store.update(next).spec.username == "2")
        }
    }

    @Test("what is written with owners that do not exist is collected in the same commit")
    func unownedObjects() async throws {
        try await withStore { store in
            let gone = try await store.create(Self.client("gone"))
            _ = try await store.delete(.clients, gone.key, options: DeleteOptions())
            let created = try await store.create(Self.configMap("late", owner: gone.controllerReference))
            var watch = try await store.watch(
                .configMaps,
                namespace: nil,
                options: WatchOptions(resourceVersion: created.metadata.resourceVersion)
            ).makeAsyncIterator()
            guard case .deleted(let object) = try await watch.next() else {
                Issue.record("expected a deletion")
                return
            }
            #expect(object.metadata.name == "late")
            #expect(try await Self.names(store, .configMaps).isEmpty)
        }
    }

    @Test("an owned object with finalizers is marked and stays")
    func ownedFinalizers() async throws {
        try await withStore { store in
            let owner = try await store.create(Self.client("owner"))
            let owned = Self.configMap("owned", owner: owner.controllerReference, finalizers: ["lab.example.com/f"])
            _ = try await store.create(owned)
            _ = try await store.delete(.clients, owner.key, options: DeleteOptions(propagation: .foreground))
            let left = try await store.get(ConfigMap.self, owned.key)
            #expect(left.metadata.deletionTimestamp != nil)
        }
    }

    @Test("objects that own each other in a circle go together")
    func ownershipCircle() async throws {
        try await withStore { store in
            let owner = try await store.create(Self.client("owner"))
            let owned = try await store.create(Self.configMap("owned", owner: owner.controllerReference))
            var closed = owner
            closed.metadata.ownerReferences = [try #require(owned.controllerReference)]
            _ = try await store.update(closed)
            _ = try await store.delete(.configMaps, owned.key, options: DeleteOptions())
            #expect(try await Self.names(store, .clients).isEmpty)
        }
    }

    @Test("a namespace takes its content along, waits for finalizers, and admits nothing meanwhile")
    func namespaces() async throws {
        try await withStore { store in
            let namespace = try await store.create(Namespace(metadata: ObjectMeta(name: "lab")))
            _ = try await store.create(Self.client("a"))
            let held = try await store.create(Self.configMap("held", finalizers: ["lab.example.com/f"]))
            _ = try await store.delete(.namespaces, namespace.key, options: DeleteOptions())
            #expect(try await Self.names(store, .clients).isEmpty)
            #expect(try await store.get(Namespace.self, namespace.key).metadata.deletionTimestamp != nil)
            let refused = await #expect(throws: StoreError.self) { try await store.create(Self.client("b")) }
            #expect(refused?.reason == .forbidden)

            var released = try await store.get(ConfigMap.self, held.key)
            released.metadata.finalizers = []
            _ = try await store.update(released)
            #expect(try await Self.names(store, .namespaces).isEmpty)
        }
    }

    @Test("a generated name that is taken is tried again")
    func generatedCollision() async throws {
        let folder = try TemporaryFolder()
        var configuration = folder.configuration()
        // The first two names are the same.
        let numbers = SequenceSource([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
        configuration.randomNumber = { numbers.next() }
        let store = try SQLiteStore(configuration)
        var template = Self.client("")
        template.metadata.generateName = "job-"
        #expect(try await store.create(template).metadata.name == "job-bbbbb")
        #expect(try await store.create(template).metadata.name == "job-ccccc")
        try await store.close()
    }

    @Test("times come from the injected date")
    func injectedTime() async throws {
        let folder = try TemporaryFolder()
        let date = ManualTime()
        let store = try SQLiteStore(folder.configuration(date: date))
        date.advance(by: 60)
        let created = try await store.create(Self.client("a"))
        #expect(created.metadata.creationTimestamp?.description == "2026-01-31T08:01:00Z")
        try await store.close()
    }

    @Test("a full disk is an error that says so, and writing goes on when there is space again")
    func fullDisk() async throws {
        try await withStore { store in
            _ = try await store.create(Self.client("before"))
            try await store.limitSize(toPagesBeyondPresent: 0)
            let large = ConfigMap(
                metadata: ObjectMeta(name: "large", namespace: "lab"),
                data: ["a": String(repeating: "x", count: 100_000)]
            )
            let error = await #expect(throws: StoreError.self) { try await store.create(large) }
            #expect(error?.reason == .internalError)
            #expect(error?.message.contains("disk is full") == true)
            #expect(try await store.get(Client.self, Self.client("before").key).metadata.name == "before")
            try await store.limitSize(toPagesBeyondPresent: 100_000)
            let created = try await store.create(large)
            #expect(try await store.get(ConfigMap.self, large.key) == created)
        }
    }

    @Test("a closed store answers unavailable, and closing again does nothing")
    func closing() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder.configuration())
        let created = try await store.create(Self.client("a"))
        try await store.close()
        try await store.close()
        for body: @Sendable () async throws -> Void in [
            { _ = try await store.get(.clients, created.key) },
            { _ = try await store.create(Self.client("b")) },
            { _ = try await store.list(.clients, namespace: nil, options: ListOptions()) },
            { _ = try await store.watch(.clients, namespace: nil, options: WatchOptions()) },
        ] {
            let error = await #expect(throws: StoreError.self) { try await body() }
            #expect(error?.reason == .unavailable)
        }
    }

    @Test("writes accepted before closing are answered")
    func closingUnderLoad() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder.configuration())
        let acknowledged = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<300 {
                group.addTask {
                    do {
                        return try await store.create(Self.client("client-\(number)")).metadata.name
                    } catch let error as StoreError where error.reason == .unavailable {
                        return nil
                    }
                }
            }
            try await store.close()
            return try await group.reduce(into: Set<String>()) { names, name in
                if let name { names.insert(name) }
            }
        }
        let again = try SQLiteStore(folder.configuration())
        #expect(try await Set(Self.names(again, .clients)) == acknowledged)
        try await again.close()
    }
}
