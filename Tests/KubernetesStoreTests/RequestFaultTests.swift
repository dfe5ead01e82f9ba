import Foundation
import KubernetesStore
import ObjectStore
import Resources
import TestSupport
import Testing
import Transport

@Suite("KubernetesStore and requests that fail", .timeLimit(.minutes(1)))
struct RequestFaultTests {
    private let ok = ScriptedServer.Answer.reply(200, Scripted.client("alice"))

    @Test(
        "a read is repeated after passing failures",
        arguments: [
            ScriptedServer.Answer.status(429, "TooManyRequests", headers: [("Retry-After", "0")]),
            .status(500, "InternalError"), .status(503, "ServiceUnavailable"), .status(504, "Timeout"),
            .reply(502, "<html>bad gateway</html>"), .drop, .stream(["{\"kind\":"], then: .cut),
        ]
    )
    func repeatedRead(_ failure: ScriptedServer.Answer) async throws {
        let server = ScriptedServer([failure, failure, ok])
        try await withScripted(server) { store in
            let found = try await store.get(.clients, Scripted.key).metadata.name
            #expect(found == "alice")
        }
        #expect(server.received.count == 3)
    }

    @Test("a request is given up after four attempts, with the server and the reason")
    func givenUp() async throws {
        let server = ScriptedServer([.status(503, "ServiceUnavailable")])
        try await withScripted(server) { store in
            let error = await storeError { _ = try await store.get(.clients, Scripted.key) }
            #expect(error?.reason == .unavailable)
            #expect(error?.message.contains("scripted") == true)
        }
        #expect(server.received.count == 4)
    }

    @Test("a Retry-After beyond the budget is handed to the caller at once")
    func retryAfter() async throws {
        let server = ScriptedServer([.status(429, "TooManyRequests", headers: [("Retry-After", "60")])])
        try await withScripted(server) { store in
            let error = await storeError { _ = try await store.get(.clients, Scripted.key) }
            #expect(error?.reason == .tooManyRequests)
            #expect(error?.retryAfterSeconds == 60)
        }
        #expect(server.received.count == 1)
    }

    @Test("a Retry-After within the budget is kept, on the injected clock")
    func retryAfterWaits() async throws {
        let clock = TestClock()
        let server = ScriptedServer([.status(429, "TooManyRequests", headers: [("Retry-After", "2")]), ok])
        try await withScripted(server, configure: { $0.clock = clock }) { store in
            async let object = store.get(.clients, Scripted.key)
            await server.waitForRequests(1)
            // The limit of the attempt sleeps for longer; the delay is the one of 2 s.
            while clock.timeToNextDeadline != .seconds(2) { await Task.yield() }
            #expect(server.received.count == 1)
            clock.advance(by: .seconds(2))
            let found = try await object.metadata.name
            #expect(found == "alice")
        }
    }

    @Test("a server that does not answer in time is unavailable")
    func slow() async throws {
        let server = ScriptedServer([.silence])
        let configure: (inout KubernetesStoreConfiguration) -> Void = {
            $0.requestTimeout = .milliseconds(30)
            $0.maximumAttempts = 2
        }
        try await withScripted(server, configure: configure) { store in
            let error = await storeError { _ = try await store.get(.clients, Scripted.key) }
            #expect(error?.reason == .unavailable)
            #expect(error?.message.contains("did not answer within") == true)
            #expect(error?.message.contains("https://127.0.0.1:") == true)
        }
    }

    @Test("a server that is not there is unavailable, by name")
    func unreachable() async throws {
        let connection = KubernetesConnection(server: "https://127.0.0.1:1", credential: .none)
        var configuration = KubernetesStoreConfiguration()
        configuration.randomFraction = { 0 }
        try await withKubernetesStore(connection, configuration: configuration) { store in
            let error = await storeError { _ = try await store.get(.clients, Scripted.key) }
            #expect(error?.reason == .unavailable)
            #expect(
                error?.message.hasPrefix("https://127.0.0.1:1 cannot be reached") == true,
                "\(error?.message ?? "")"
            )
        }
    }

    @Test("a server of another authority is not trusted")
    func distrusted() async throws {
        let server = ScriptedServer([ok])
        try await server.run { port in
            var configuration = KubernetesStoreConfiguration()
            configuration.randomFraction = { 0 }
            let connection = KubernetesConnection(server: "https://127.0.0.1:\(port)")
            try await withKubernetesStore(connection, configuration: configuration) { store in
                let error = await storeError { _ = try await store.get(.clients, Scripted.key) }
                #expect(error?.reason == .unavailable)
                #expect(error?.message.contains("trust") == true)
            }
        }
        #expect(server.received.isEmpty)
    }

    @Test(
        "garbage, a truncated body of full length and an array are unavailable",
        arguments: ["<html>", "{\"kind\":", "[]"]
    )
    func garbage(_ body: String) async throws {
        let server = ScriptedServer([.reply(200, body)])
        try await withScripted(server) { store in
            #expect(
                await storeError { _ = try await store.list(.clients, namespace: "lab", options: .init()) }?.reason
                    == .unavailable
            )
        }
    }

    @Test("an answer beyond the bound is refused")
    func huge() async throws {
        let server = ScriptedServer([.reply(200, String(repeating: " ", count: 100_000))])
        try await withScripted(server, configure: { $0.maximumBodySize = 10_000 }) { store in
            let error = await storeError { _ = try await store.get(.clients, Scripted.key) }
            #expect(error?.reason == .internalError)
        }
        #expect(server.received.count == 1)
    }

    @Test("a Status becomes an error with reason, message, causes and delay")
    func status() async throws {
        let body = """
            {"kind":"Status","status":"Failure","message":"Client \\"x\\" is invalid","reason":"Invalid","code":422,\
            "details":{"name":"x","retryAfterSeconds":3,"causes":[{"reason":"FieldValueRequired",\
            "message":"Required value: say who","field":"spec.username"}]}}
            """
        try await withScripted(ScriptedServer([.reply(422, body)])) { store in
            let error = await storeError { _ = try await store.get(.clients, Scripted.key) }
            #expect(error?.reason == .invalid)
            #expect(error?.causes == [FieldProblem(.required, "spec.username", "say who")])
            #expect(error?.retryAfterSeconds == 3)
            #expect(error?.name == "x")
        }
    }

    @Test("a kind that the server does not serve says so")
    func unserved() async throws {
        try await withScripted(ScriptedServer([.reply(404, "404 page not found"), .status(404, "NotFound")])) { store in
            let first = await storeError { _ = try await store.list(.clients, namespace: "lab", options: .init()) }
            #expect(first?.reason == .notFound)
            let second = await storeError { _ = try await store.list(.clients, namespace: "lab", options: .init()) }
            #expect(
                second?.message.contains("does not serve clients.jumpstarter.dev in jumpstarter.dev/v1alpha1") == true
            )
        }
    }

    @Test("a list that expires in the middle begins anew")
    func expiredPage() async throws {
        let server = ScriptedServer([
            .reply(200, Scripted.list(["a"], version: 5, next: "t1")), .status(410, "Expired"),
            .reply(200, Scripted.list(["b"], version: 9, next: "t2")), .reply(200, Scripted.list(["c"], version: 9)),
        ])
        try await withScripted(server) { store in
            let list = try await store.list(.clients, namespace: "lab", options: ListOptions())
            #expect(list.items.map(\.metadata.name) == ["b", "c"])
            #expect(list.resourceVersion == "9")
        }
        #expect(server.received.map(\.uri).last?.contains("limit=500&continue=t2") == true)
    }

    @Test("a page that the caller asked for expires for the caller")
    func expiredToken() async throws {
        try await withScripted(ScriptedServer([.status(410, "Expired")])) { store in
            let options = ListOptions(limit: 1, continueToken: "old")
            #expect(
                await storeError { _ = try await store.list(.clients, namespace: nil, options: options) }?.reason
                    == .expired
            )
        }
    }
}

@Suite("KubernetesStore and writes whose answer is lost", .timeLimit(.minutes(1)))
struct LostAnswerTests {
    private func alice(_ version: String? = "1", username: String = "new") -> UnstructuredObject {
        var metadata = ObjectMeta(name: "alice", namespace: "lab")
        metadata.resourceVersion = version
        return UnstructuredObject(
            type: .clients,
            metadata: metadata,
            content: ["spec": ["username": .string(username)]]
        )
    }

    @Test("an update that was done is found done")
    func updateDone() async throws {
        let server = ScriptedServer([
            .drop, .status(409, "Conflict"), .reply(200, Scripted.client("alice", version: 2, username: "new")),
        ])
        try await withScripted(server) { store in
            let found = try await store.update(alice(), subresource: .main).metadata.resourceVersion
            #expect(found == "2")
        }
        #expect(server.received.map(\.method) == ["PUT", "PUT", "GET"])
    }

    @Test("an update that somebody else's write overtook is a conflict")
    func updateConflict() async throws {
        let server = ScriptedServer([
            .drop, .status(409, "Conflict"), .reply(200, Scripted.client("alice", version: 2, username: "other")),
        ])
        try await withScripted(server) { store in
            #expect(await storeError { _ = try await store.update(alice(), subresource: .main) }?.reason == .conflict)
        }
    }

    @Test("a conflict of a first attempt is a conflict, without another request")
    func plainConflict() async throws {
        let server = ScriptedServer([.status(409, "Conflict")])
        try await withScripted(server) { store in
            #expect(await storeError { _ = try await store.update(alice(), subresource: .main) }?.reason == .conflict)
        }
        #expect(server.received.count == 1)
    }

    @Test("a creation that was done is found done, and another's is not taken for ours")
    func creation() async throws {
        for (found, isOurs) in [("new", true), ("other", false)] {
            let server = ScriptedServer([
                .drop, .status(409, "AlreadyExists"),
                .reply(200, Scripted.client("alice", version: 2, username: found)),
            ])
            try await withScripted(server) { store in
                if isOurs {
                    let found = try await store.create(alice(nil)).metadata.resourceVersion
                    #expect(found == "2")
                } else {
                    #expect(await storeError { _ = try await store.create(alice(nil)) }?.reason == .alreadyExists)
                }
            }
        }
    }

    @Test("a creation under a generated name is not repeated")
    func generated() async throws {
        let server = ScriptedServer([.drop])
        try await withScripted(server) { store in
            var object = alice(nil)
            object.metadata.name = ""
            object.metadata.generateName = "job-"
            let sent = object
            #expect(await storeError { _ = try await store.create(sent) }?.reason == .unavailable)
        }
        #expect(server.received.count == 1)
    }

    @Test("a patch without a version is repeated only when it was not taken in")
    func patch() async throws {
        for (failure, count) in [(ScriptedServer.Answer.drop, 1), (.status(429, "TooManyRequests"), 4)] {
            let server = ScriptedServer([failure])
            try await withScripted(server) { store in
                _ = await storeError {
                    _ = try await store.patch(.clients, Scripted.key, .merge(["spec": [:]]), subresource: .main)
                }
            }
            #expect(server.received.count == count)
            #expect(server.received.first?.headers["content-type"] == "application/merge-patch+json")
        }
    }

    @Test("a deletion that was done is found done")
    func deletion() async throws {
        let server = ScriptedServer([
            .reply(200, Scripted.client("alice", version: 4)), .drop, .status(404, "NotFound"),
        ])
        try await withScripted(server) { store in
            let last = try await store.delete(.clients, Scripted.key, options: DeleteOptions())
            #expect(last.metadata.resourceVersion == "4")
        }
        #expect(server.received.last?.body.contains("\"resourceVersion\":\"4\"") == true)
    }
}
