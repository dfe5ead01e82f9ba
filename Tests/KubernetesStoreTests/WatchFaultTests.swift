import Foundation
import KubernetesStore
import ObjectStore
import Resources
import TestSupport
import Testing

@Suite("KubernetesStore and watches that fail", .timeLimit(.minutes(1)))
struct WatchFaultTests {
    private func watch(
        _ script: [ScriptedServer.Answer],
        configure: (inout KubernetesStoreConfiguration) -> Void = { _ in }
    ) async throws -> (names: [String], error: StoreError?, uris: [String]) {
        let server = ScriptedServer(script)
        var result: (names: [String], error: StoreError?) = ([], nil)
        try await withScripted(server, configure: configure) { store in
            let options = WatchOptions(resourceVersion: "1", allowBookmarks: true)
            result = await drain(try await store.watch(.clients, namespace: "lab", options: options))
        }
        return (result.names, result.error, server.received.map(\.uri))
    }

    @Test("goes on from the version reached when the server ends it in good order")
    func resumes() async throws {
        let (names, error, uris) = try await watch([
            .stream([Scripted.event("ADDED", "a", version: 4), Scripted.bookmark(8)], then: .end),
            .stream([Scripted.event("ADDED", "b", version: 9)], then: .end), .status(410, "Expired"),
        ])
        #expect(names == ["a", "bookmark 8", "b"])
        #expect(error?.reason == .expired)
        #expect(uris.count == 3)
        #expect(uris.allSatisfy { $0.contains("watch=true") && $0.contains("allowWatchBookmarks=true") })
        #expect(uris.map { $0.contains("resourceVersion=1&") } == [true, false, false])
        #expect(uris[1].contains("resourceVersion=8&"))
        #expect(uris[2].contains("resourceVersion=9&"))
        #expect(uris[0].contains("timeoutSeconds=300"))
    }

    @Test("an ERROR event of 410 is expired, after the events before it")
    func expiredEvent() async throws {
        let pieces = [Scripted.event("ADDED", "a", version: 4), Scripted.expiredEvent]
        let (names, error, _) = try await watch([.stream(pieces, then: .silence)])
        #expect(names == ["a"])
        #expect(error?.reason == .expired)
    }

    @Test(
        "a broken connection, half an event, garbage or an unknown event is unavailable",
        arguments: [
            ScriptedServer.Answer.stream([Scripted.event("ADDED", "a", version: 4)], then: .cut),
            .stream([Scripted.event("ADDED", "a", version: 4), "{\"type\":\"ADD"], then: .end),
            .stream([Scripted.event("ADDED", "a", version: 4), "<html>\n"], then: .silence),
            .stream(
                [Scripted.event("ADDED", "a", version: 4), Scripted.event("DANCED", "b", version: 5)],
                then: .silence
            ),
        ]
    )
    func broken(_ answer: ScriptedServer.Answer) async throws {
        let (names, error, _) = try await watch([answer])
        #expect(names == ["a"])
        #expect(error?.reason == .unavailable)
    }

    @Test("events may be split at any byte", arguments: [1, 2, 3, 7, 64, 1000])
    func split(_ size: Int) async throws {
        let text = (1...5).map { Scripted.event("ADDED", "größe-\($0)", version: $0) }.joined() + Scripted.expiredEvent
        // Characters of several bytes stay whole in Swift strings; the TLS records cut them anyway.
        var pieces: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        let (names, error, _) = try await watch([.stream(pieces, then: .silence)])
        #expect(names == (1...5).map { "größe-\($0)" })
        #expect(error?.reason == .expired)
    }

    @Test("an event beyond the bound ends the watch")
    func hugeEvent() async throws {
        let pieces = Array(repeating: String(repeating: "x", count: 1000), count: 20)
        let (_, error, _) = try await watch([.stream(pieces, then: .silence)]) { $0.maximumEventSize = 10_000 }
        #expect(error?.reason == .internalError)
    }

    @Test("a watch that goes silent ends with an error that a retry may mend, on the injected clock")
    func silence() async throws {
        let clock = TestClock()
        let server = ScriptedServer([.stream([Scripted.event("ADDED", "a", version: 4)], then: .silence)])
        try await withScripted(server, configure: { $0.clock = clock }) { store in
            let stream = try await store.watch(.clients, namespace: "lab", options: WatchOptions(resourceVersion: "1"))
            var events = stream.makeAsyncIterator()
            let first = try await events.next(isolation: #isolation)
            #expect(first?.name == "a")
            // The watchdog sleeps; nothing comes for 90 s.
            while clock.timeToNextDeadline.map({ $0 <= .seconds(15) }) ?? true { await Task.yield() }
            clock.advance(by: .seconds(89))
            await clock.waitForSleepers()
            clock.advance(by: .seconds(91))
            var error: StoreError?
            do {
                while try await events.next(isolation: #isolation) != nil {}
            } catch let failure as StoreError {
                error = failure
            }
            #expect(error?.reason == .unavailable)
            #expect(error?.message.contains("silent") == true)
        }
    }

    @Test("a slow consumer stops the reading and is not taken for silence")
    func slowConsumer() async throws {
        let events = (1...50).map { Scripted.event("ADDED", "c\($0)", version: $0) }
        let (names, error, _) = try await watch([.stream(events + [Scripted.expiredEvent], then: .silence)]) {
            $0.watchBuffer = 2
        }
        #expect(names == (1...50).map { "c\($0)" })
        #expect(error?.reason == .expired)
    }

    @Test("letting a watch go ends its request")
    func dropped() async throws {
        let server = ScriptedServer([.stream([Scripted.event("ADDED", "a", version: 4)], then: .silence)])
        try await withScripted(server) { store in
            do {
                let options = WatchOptions(resourceVersion: "1")
                let stream = try await store.watch(.clients, namespace: "lab", options: options)
                for try await _ in stream { break }
            }
            // Closing waits for connections in use; it would not return with the watch alive.
        }
        #expect(server.received.count == 1)
    }

    @Test("a server that refuses the watch ends it with the reason")
    func refused() async throws {
        let (_, error, uris) = try await watch([.status(403, "Forbidden")])
        #expect(error?.reason == .forbidden)
        #expect(uris.count == 1)
    }
}

extension WatchEvent {
    var name: String? {
        switch self {
        case .added(let object), .modified(let object), .deleted(let object): object.metadata.name
        case .bookmark: nil
        }
    }
}
