import ObjectStore
import Resources
import Testing

/// A watch's events as short texts, `ADDED a`, for comparing.
struct WatchReader {
    private var iterator: WatchStream.AsyncIterator

    init(_ stream: WatchStream) { iterator = stream.makeAsyncIterator() }

    mutating func next() async throws -> WatchEvent? { try await iterator.next(isolation: #isolation) }

    mutating func next(_ count: Int) async throws -> [String] {
        var texts: [String] = []
        for _ in 0..<count {
            guard let event = try await iterator.next(isolation: #isolation) else { return texts + ["END"] }
            texts.append(Self.text(event))
        }
        return texts
    }

    private static func text(_ event: WatchEvent) -> String {
        switch event {
        case .added(let object): "ADDED \(object.metadata.name)"
        case .modified(let object): "MODIFIED \(object.metadata.name)"
        case .deleted(let object): "DELETED \(object.metadata.name)"
        case .bookmark(_, let isInitialEnd): isInitialEnd ? "BOOKMARK initial" : "BOOKMARK"
        }
    }
}

extension StoreConformance.Subject {
    func watch(_ options: WatchOptions, _ type: ResourceType = .clients) async throws -> WatchReader {
        WatchReader(try await store.watch(type, namespace: namespace, options: options))
    }
}

extension StoreConformance {
    static let watches: [Case] = [
        Case("a watch from a version replays what happened since and then follows") { subject in
            let version = try await subject.presentVersion()
            try await subject.createClients(["a", "b"])
            var client = try await subject.store.get(Client.self, subject.key("a"))
            client.spec.username = "x"
            _ = try await subject.store.update(client)
            var watch = try await subject.watch(WatchOptions(resourceVersion: version))
            #expect(try await watch.next(3) == ["ADDED a", "ADDED b", "MODIFIED a"])
            _ = try await subject.store.delete(.clients, subject.key("b"), options: DeleteOptions())
            try await subject.createClients(["c"])
            #expect(try await watch.next(2) == ["DELETED b", "ADDED c"])
        },
        Case("a watch without a version begins with the present objects") { subject in
            try await subject.createClients(["a", "b"])
            var watch = try await subject.watch(WatchOptions(allowBookmarks: true))
            #expect(try await watch.next(3) == ["ADDED a", "ADDED b", "BOOKMARK initial"])
            try await subject.createClients(["c"])
            #expect(try await watch.next(1) == ["ADDED c"])
        },
        Case("events carry the object as it was at that version") { subject in
            let created = try await subject.store.create(subject.client("a", username: "1"))
            var next = created
            next.spec.username = "2"
            let updated = try await subject.store.update(next)
            next = updated
            next.spec.username = "3"
            _ = try await subject.store.update(next)
            var watch = try await subject.watch(WatchOptions(resourceVersion: created.metadata.resourceVersion))
            guard case .modified(let object) = try await watch.next() else {
                Issue.record("expected a modification")
                return
            }
            #expect(try object.decoded(as: Client.self) == updated)
        },
        Case("a deletion carries the last state and a version of its own") { subject in
            let created = try await subject.store.create(subject.client("a", username: "1"))
            var watch = try await subject.watch(WatchOptions(resourceVersion: created.metadata.resourceVersion))
            _ = try await subject.store.delete(.clients, created.key, options: DeleteOptions())
            guard case .deleted(let object) = try await watch.next() else {
                Issue.record("expected a deletion")
                return
            }
            #expect(object.version > created.version)
            #expect(try object.decoded(as: Client.self).spec == created.spec)
            #expect(object.metadata.uid == created.metadata.uid)
        },
        Case("a write that changes nothing makes no event") { subject in
            let created = try await subject.store.create(subject.client("a"))
            var watch = try await subject.watch(WatchOptions(resourceVersion: created.metadata.resourceVersion))
            _ = try await subject.store.update(created)
            try await subject.createClients(["b"])
            #expect(try await watch.next(1) == ["ADDED b"])
        },
        Case("a watch sees its kind and namespace alone") { subject in
            var watch = try await subject.watch(WatchOptions(resourceVersion: try await subject.presentVersion()))
            _ = try await subject.store.create(subject.configMap("a"))
            var elsewhere = subject.client("a")
            elsewhere.metadata.namespace = subject.otherNamespace
            _ = try await subject.store.create(elsewhere)
            try await subject.createClients(["b"])
            #expect(try await watch.next(1) == ["ADDED b"])
        },
        Case("a watch under concurrent writes has no gap, no repeat and one order") { subject in
            let version = try await subject.presentVersion()
            let stream = try await subject.store.watch(
                .clients,
                namespace: subject.namespace,
                options: WatchOptions(resourceVersion: version)
            )
            async let written = withThrowingTaskGroup(of: UInt64.self) { group in
                for number in 0..<100 {
                    group.addTask { try await subject.store.create(subject.client("client-\(number)")).version }
                }
                return try await group.reduce(into: Set<UInt64>()) { $0.insert($1) }
            }
            var seen: [UInt64] = []
            for try await case .added(let object) in stream {
                seen.append(object.version)
                if seen.count == 100 { break }
            }
            #expect(seen == seen.sorted())
            #expect(Set(seen) == (try await written))
        },
        Case("a watch ends when its consumer is cancelled") { subject in
            let stream = try await subject.store.watch(
                .clients,
                namespace: subject.namespace,
                options: WatchOptions()
            )
            let (started, signal) = AsyncStream<Void>.makeStream()
            try await subject.createClients(["a"])
            let consumer = Task {
                for try await _ in stream { signal.yield() }
            }
            for await _ in started { break }
            consumer.cancel()
            _ = await consumer.result
        },
    ]

    static let selectedWatches: [Case] = [
        Case("an object that begins or stops to match a selector is added or deleted") { subject in
            let options = WatchOptions(
                resourceVersion: try await subject.presentVersion(),
                labelSelector: LabelSelector(matchLabels: ["team": "a"])
            )
            var watch = try await subject.watch(options)
            var client = try await subject.store.create(subject.client("alice"))
            client.metadata.labels = ["team": "a"]
            client = try await subject.store.update(client)
            client.spec.username = "x"
            client = try await subject.store.update(client)
            client.metadata.labels = ["team": "b"]
            client = try await subject.store.update(client)
            client.spec.username = "y"
            _ = try await subject.store.update(client)
            try await subject.createClients(["bob"], labels: ["team": "a"])
            #expect(
                try await watch.next(4) == ["ADDED alice", "MODIFIED alice", "DELETED alice", "ADDED bob"]
            )
        },
        Case("a field selector follows one object") { subject in
            let options = WatchOptions(
                resourceVersion: try await subject.presentVersion(),
                fieldSelector: try FieldSelector(parsing: "metadata.name=b")
            )
            var watch = try await subject.watch(options)
            try await subject.createClients(["a", "b"])
            _ = try await subject.store.delete(.clients, subject.key("a"), options: DeleteOptions())
            _ = try await subject.store.delete(.clients, subject.key("b"), options: DeleteOptions())
            #expect(try await watch.next(2) == ["ADDED b", "DELETED b"])
        },
        Case("present objects come through the selector too") { subject in
            try await subject.createClients(["a"])
            try await subject.createClients(["b"], labels: ["team": "a"])
            let options = WatchOptions(
                labelSelector: LabelSelector(matchLabels: ["team": "a"]),
                allowBookmarks: true
            )
            var watch = try await subject.watch(options)
            #expect(try await watch.next(2) == ["ADDED b", "BOOKMARK initial"])
        },
    ]

    static let batches: [Case] = [
        Case("a batch is carried out in order and answers each write") { subject in
            let results = try await subject.store.write([
                .create(UnstructuredObject(subject.client("a"))),
                .patch(.clients, subject.key("a"), .merge(["spec": ["username": "x"]]), .main),
                .create(UnstructuredObject(subject.client("b"))),
                .delete(.clients, subject.key("b"), DeleteOptions()),
            ])
            #expect(results.map(\.metadata.name) == ["a", "a", "b", "b"])
            #expect(try results[1].decoded(as: Client.self).spec.username == "x")
            #expect(try await subject.clientNames() == ["a"])
        },
        Case("a batch that fails in the middle fails as a whole, where batches are atomic") { subject in
            guard subject.hasAtomicBatches else { return }
            let version = try await subject.presentVersion()
            #expect(
                await reason {
                    _ = try await subject.store.write([
                        .create(UnstructuredObject(subject.client("a"))),
                        .delete(.clients, subject.key("nobody"), DeleteOptions()),
                    ])
                } == .notFound
            )
            #expect(try await subject.clientNames().isEmpty)
            var watch = try await subject.watch(WatchOptions(resourceVersion: version))
            try await subject.createClients(["b"])
            #expect(try await watch.next(1) == ["ADDED b"])
        },
    ]
}
