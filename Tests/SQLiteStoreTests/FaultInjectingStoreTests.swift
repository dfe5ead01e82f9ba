import ObjectStore
import Resources
import SQLiteStore
import TestSupport
import Testing

@Suite("FaultInjectingStore", .timeLimit(.minutes(1)))
struct FaultInjectingStoreTests {
    private static let lost = StoreError(.unavailable, "lost")

    private static func client(_ name: String) -> Client {
        Client(metadata: ObjectMeta(name: name, namespace: "lab"))
    }

    @Test("a call can fail before it is carried out, as often as asked")
    func failingBefore() async throws {
        try await withStore { base in
            let store = FaultInjectingStore(base)
            store.inject(.failBefore(Self.lost), on: [.create], of: .clients)
            await #expect(throws: Self.lost) { try await store.create(Self.client("a")) }
            #expect(try await base.list(Client.self, namespace: nil).items.isEmpty)
            _ = try await store.create(Self.client("a"))
            #expect(store.calls.map(\.operation) == [.create, .create])
        }
    }

    @Test("a call can be carried out and its answer lost")
    func losingAnswers() async throws {
        try await withStore { base in
            let store = FaultInjectingStore(base)
            store.inject(.failAfter(Self.lost), on: [.create])
            await #expect(throws: Self.lost) { try await store.create(Self.client("a")) }
            let kept = try await base.get(Client.self, Self.client("a").key)
            #expect(kept.metadata.name == "a")
        }
    }

    @Test("a call can be held at a gate")
    func holding() async throws {
        try await withStore { base in
            let store = FaultInjectingStore(base)
            let gate = Gate()
            store.inject(.holdBefore(gate), on: [.create])
            async let created = store.create(Self.client("a"))
            await gate.waitForArrivals()
            let before = try await base.list(Client.self, namespace: nil).items
            #expect(before.isEmpty)
            gate.open()
            let after = try await created
            #expect(after.metadata.name == "a")
        }
    }

    @Test("a store that broke down fails every call and ends its watches, until it is healed")
    func breakingDown() async throws {
        try await withStore { base in
            let store = FaultInjectingStore(base)
            var watch = try await store.watch(.clients, namespace: nil, options: WatchOptions()).makeAsyncIterator()
            store.breakDown(Self.lost)
            await #expect(throws: Self.lost) { try await watch.next() }
            await #expect(throws: Self.lost) { try await store.get(.clients, Self.client("a").key) }
            store.heal()
            _ = try await store.create(Self.client("a"))
        }
    }

    @Test("a stalled watch delivers nothing until it is healed, and then everything")
    func stalling() async throws {
        try await withStore { base in
            let store = FaultInjectingStore(base)
            let stream = try await store.watch(.clients, namespace: nil, options: WatchOptions())
            store.stallWatches()
            let (names, continuation) = AsyncStream<String>.makeStream()
            let consumer = Task {
                for try await case .added(let object) in stream { continuation.yield(object.metadata.name) }
            }
            _ = try await store.create(Self.client("a"))
            _ = try await store.create(Self.client("b"))
            continuation.yield("healed")
            store.heal()
            var seen: [String] = []
            for await name in names {
                seen.append(name)
                if seen.count == 3 { break }
            }
            #expect(seen == ["healed", "a", "b"])
            consumer.cancel()
        }
    }
}
