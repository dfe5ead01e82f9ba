import Foundation
import KubernetesAPI
import Resources
import SQLiteStore
import Synchronization
import Testing

@Suite("Watches")
struct WatchTests {
    /// The next lines of a watch, as trees; the watch ends when there are that many.
    private func events(_ count: Int, of session: WatchSession) async throws -> [JSONValue] {
        let lines = LineCollector(limit: count)
        do {
            try await session.run { try lines.add($0) }
        } catch is LineCollector.Full {}
        return try lines.values
    }

    @Test("Without a version, the present objects come first, then each change")
    func present() async throws {
        try await withAPI { api in
            _ = try await api.send(.post, Sample.exporters, Sample.exporter("a"))
            let session = try await api.watch("\(Sample.exporters)?watch=true")
            let lines = LineCollector(limit: 3)
            var changes: [() async throws -> Void] = [
                { _ = try await disable(api, "a") },
                { _ = try await api.send(.delete, "\(Sample.exporters)/a") },
            ]
            // Each line brings about the next.
            do {
                try await session.run { line in
                    try lines.add(line)
                    try await changes.removeFirst()()
                }
            } catch is LineCollector.Full {}
            let events = try lines.values
            #expect(events.map { $0["type"] } == ["ADDED", "MODIFIED", "DELETED"])
            #expect(events.map { $0["object"]?["spec"]?["enabled"] } == [true, false, false])
            #expect(events[0]["object"]?["metadata"]?["managedFields"] == [])
        }
    }

    private func disable(_ api: API, _ name: String) async throws {
        let patch: JSONValue = ["spec": ["enabled": false]]
        _ = try await api.send(.patch, "\(Sample.exporters)/\(name)", patch, contentType: Sample.mergePatch)
    }

    @Test("From a version on, only what happened since comes")
    func fromVersion() async throws {
        try await withAPI { api in
            _ = try await api.send(.post, Sample.exporters, Sample.exporter("a"))
            let list = try await api.send(.get, Sample.exporters).body
            let version = try #require(list["metadata"]?["resourceVersion"]?.stringValue)
            _ = try await api.send(.post, Sample.exporters, Sample.exporter("b"))
            let session = try await api.watch("\(Sample.exporters)?watch=1&resourceVersion=\(version)")
            let events = try await events(1, of: session)
            #expect(events.map { $0["object"]?["metadata"]?["name"] } == ["b"])
        }
    }

    @Test("Initial events end with a marked bookmark when they are asked for")
    func initialEvents() async throws {
        try await withAPI { api in
            _ = try await api.send(.post, Sample.exporters, Sample.exporter("a"))
            let query = "watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
            let session = try await api.watch("\(Sample.exporters)?\(query)")
            let events = try await events(2, of: session)
            #expect(events.map { $0["type"] } == ["ADDED", "BOOKMARK"])
            let metadata = events[1]["object"]?["metadata"]
            #expect(metadata?["annotations"]?["k8s.io/initial-events-end"] == "true")
            #expect(metadata?["resourceVersion"]?.stringValue != nil)
            #expect(events[1]["object"]?["kind"] == "Exporter")
        }
    }

    @Test("Every table of a watch carries the columns, since kubectl may drop the first")
    func tables() async throws {
        try await withAPI { api in
            for name in ["a", "b"] { _ = try await api.send(.post, Sample.exporters, Sample.exporter(name)) }
            let session = try await api.watch("\(Sample.exporters)?watch=true", accept: Sample.table)
            let events = try await events(2, of: session)
            #expect(events.map { $0["object"]?["kind"] } == ["Table", "Table"])
            #expect(events.map { $0["object"]?["columnDefinitions"]?.arrayValue?.count } == [5, 5])
        }
    }

    @Test("A watch of one name sees nothing else")
    func fieldSelector() async throws {
        try await withAPI { api in
            let session = try await api.watch("\(Sample.exporters)?watch=true&fieldSelector=metadata.name%3Db")
            for name in ["a", "b"] { _ = try await api.send(.post, Sample.exporters, Sample.exporter(name)) }
            let events = try await events(1, of: session)
            #expect(events[0]["object"]?["metadata"]?["name"] == "b")
        }
    }

    @Test("A store that closes ends the watch with an error event")
    func closing() async throws {
        try await withAPI { api in
            let session = try await api.watch("\(Sample.exporters)?watch=true")
            try await api.store.close()
            let lines = LineCollector(limit: 10)
            try await session.run { try lines.add($0) }
            let last = try #require(try lines.values.last)
            #expect(last["type"] == "ERROR")
            #expect(last["object"]?["reason"] == "ServiceUnavailable")
        }
    }

    @Test("The time that a client asks for is kept in the session")
    func timeout() async throws {
        try await withAPI { api in
            let session = try await api.watch("\(Sample.exporters)?watch=true&timeoutSeconds=7")
            #expect(session.timeout == .seconds(7))
            let endless = try await api.watch("\(Sample.exporters)?watch=true&timeoutSeconds=0")
            #expect(endless.timeout == .seconds(1800))
        }
    }

    @Test("There is a bound on watches, and a place is free again when a watch goes")
    func limit() async throws {
        try await withAPI(maximumWatches: 1) { api in
            let target = "\(Sample.exporters)?watch=true"
            try await {
                let session = try await api.watch(target)
                let refused = try await api.send(.get, target)
                #expect(refused.code == 429)
                #expect(refused.headers.contains { $0.name == "Retry-After" })
                withExtendedLifetime(session) {}
            }()
            _ = try await api.watch(target)
        }
    }
}

/// Takes the lines of a watch until there are enough.
private final class LineCollector: Sendable {
    struct Full: Error {}

    private let limit: Int
    private let lines = Mutex<[Data]>([])

    init(limit: Int) { self.limit = limit }

    func add(_ line: Data) throws {
        let count = lines.withLock { lines in
            lines.append(line)
            return lines.count
        }
        if count == limit { throw Full() }
    }

    var values: [JSONValue] {
        get throws {
            try lines.withLock { $0 }.map { line in
                #expect(line.last == UInt8(ascii: "\n"))
                return try JSONValue(json: line)
            }
        }
    }
}
