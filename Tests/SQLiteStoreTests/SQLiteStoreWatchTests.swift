import ObjectStore
import Resources
import SQLiteStore
import TestSupport
import Testing

@Suite("Watching and paging a SQLiteStore", .timeLimit(.minutes(1)))
struct SQLiteStoreWatchTests {
    private static func client(_ name: String) -> Client {
        Client(metadata: ObjectMeta(name: name, namespace: "lab"))
    }

    private static func reason(
        _ stream: WatchStream,
        onEvent: @Sendable () -> Void = {}
    ) async -> StoreError.Reason? {
        do {
            for try await _ in stream { onEvent() }
            return nil
        } catch {
            return (error as? StoreError)?.reason
        }
    }

    @Test("a watch from a version that the log has forgotten is expired; the oldest kept one is not")
    func expiry() async throws {
        try await withStore(retainedChanges: 10) { store in
            let first = try await store.create(Self.client("first"))
            for number in 0..<30 { _ = try await store.create(Self.client("client-\(number)")) }
            let version = try await store.list(Client.self, namespace: nil).resourceVersion
            let old = WatchOptions(resourceVersion: first.metadata.resourceVersion)
            let oldWatch = try await store.watch(.clients, namespace: nil, options: old)
            #expect(await Self.reason(oldWatch) == .expired)

            let oldest = String(try #require(Int(version)) - 10)
            var kept = try await store.watch(
                .clients,
                namespace: nil,
                options: WatchOptions(resourceVersion: oldest)
            ).makeAsyncIterator()
            for number in 20..<30 {
                guard case .added(let object) = try await kept.next() else {
                    Issue.record("expected client-\(number)")
                    return
                }
                #expect(object.metadata.name == "client-\(number)")
            }
        }
    }

    @Test("a watch that falls behind the log is expired rather than given a gap")
    func slowConsumer() async throws {
        try await withStore(retainedChanges: 10) { store in
            let created = try await store.create(Self.client("first"))
            let stream = try await store.watch(
                .clients,
                namespace: nil,
                options: WatchOptions(resourceVersion: created.metadata.resourceVersion)
            )
            for number in 0..<50 { _ = try await store.create(Self.client("client-\(number)")) }
            #expect(await Self.reason(stream) == .expired)
        }
    }

    @Test("a watch that pauses reads on from the log, without a gap")
    func pausedConsumer() async throws {
        try await withStore { store in
            let first = try await store.create(Self.client("first"))
            var watch = try await store.watch(
                .clients,
                namespace: nil,
                options: WatchOptions(resourceVersion: first.metadata.resourceVersion)
            ).makeAsyncIterator()
            for number in 0..<350 { _ = try await store.create(Self.client("client-\(number)")) }
            for number in 0..<350 {
                guard case .added(let object) = try await watch.next() else { break }
                try #require(object.metadata.name == "client-\(number)")
            }
        }
    }

    @Test("a version that has not been reached is expired, one that is no number a bad request")
    func strangeVersions() async throws {
        try await withStore { store in
            let future = WatchOptions(resourceVersion: "1000000")
            let futureWatch = try await store.watch(.clients, namespace: nil, options: future)
            #expect(await Self.reason(futureWatch) == .expired)
            let error = await #expect(throws: StoreError.self) {
                try await store.watch(.clients, namespace: nil, options: WatchOptions(resourceVersion: "x"))
            }
            #expect(error?.reason == .badRequest)
        }
    }

    @Test("a silent watch gets a bookmark of the present version when its time has come")
    func bookmarks() async throws {
        let clock = TestClock()
        try await withStore(clock: clock) { store in
            let first = try await store.create(Self.client("first"))
            let stream = try await store.watch(
                .clients,
                namespace: nil,
                options: WatchOptions(resourceVersion: first.metadata.resourceVersion, allowBookmarks: true)
            )
            async let bookmark = Self.firstBookmark(stream)
            await clock.waitForSleepers()
            // A change of another kind moves the version on without an event for this watch.
            let other = try await store.create(ConfigMap(metadata: ObjectMeta(name: "a", namespace: "lab"), data: [:]))
            clock.advance(by: .seconds(60))
            #expect(try await bookmark == other.metadata.resourceVersion)
        }
    }

    private static func firstBookmark(_ stream: WatchStream) async throws -> String? {
        for try await case .bookmark(let version, _) in stream { return version }
        return nil
    }

    @Test("without bookmarks allowed, nobody waits on the clock")
    func noBookmarks() async throws {
        let clock = TestClock()
        try await withStore(clock: clock) { store in
            var watch = try await store.watch(.clients, namespace: nil, options: WatchOptions()).makeAsyncIterator()
            _ = try await store.create(Self.client("a"))
            guard case .added = try await watch.next() else {
                Issue.record("expected an addition")
                return
            }
            #expect(clock.sleeperCount == 0)
        }
    }

    @Test("watches end with unavailable when the store closes")
    func closing() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder.configuration())
        _ = try await store.create(Self.client("a"))
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let stream = try await store.watch(.clients, namespace: nil, options: WatchOptions())
        async let reason = Self.reason(stream, onEvent: { arrival.yield() })
        for await _ in arrived { break }
        try await store.close()
        #expect(await reason == .unavailable)
    }

    @Test("a page of a state that the log has forgotten is expired")
    func expiredPage() async throws {
        try await withStore(retainedChanges: 10) { store in
            for number in 0..<5 { _ = try await store.create(Self.client("a-\(number)")) }
            let page = try await store.list(.clients, namespace: nil, options: ListOptions(limit: 2))
            for number in 0..<30 { _ = try await store.create(Self.client("b-\(number)")) }
            let next = ListOptions(limit: 2, continueToken: page.continueToken)
            let error = await #expect(throws: StoreError.self) {
                try await store.list(.clients, namespace: nil, options: next)
            }
            #expect(error?.reason == .expired)
        }
    }

    @Test("a selector of any size works")
    func hugeSelector() async throws {
        try await withStore { store in
            var labelled = Self.client("a")
            labelled.metadata.labels = ["board": "b-1500"]
            _ = try await store.create(labelled)
            _ = try await store.create(Self.client("b"))
            let names = (0..<3_000).map { "b-\($0)" }
            let selector = LabelSelector(matchExpressions: [.init(key: "board", operator: .in, values: names)])
            let list = try await store.list(Client.self, namespace: nil, options: ListOptions(labelSelector: selector))
            #expect(list.items.map(\.metadata.name) == ["a"])
        }
    }
}
