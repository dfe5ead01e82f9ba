import Authentication
import Foundation
import NIOCore
import NIOHPACK
import Testing

@testable import Router

@Suite("A call is refused", .timeLimit(.minutes(5)))
struct RefusalTests {
    @Test("with UNAUTHENTICATED without a valid token")
    func tokens() async throws {
        try await RouterFixture.withRouter { router in
            let expired = try router.tokens.sign(streamID: "s", now: RouterFixture.now - 1_801)
            for token in [nil, "", "nonsense", expired, try router.token("s") + "x"] {
                let (_, status) = try await router.call(token: token).receiveRest()
                #expect(status.code == "16")
            }
            #expect(router.refused("unauthenticated") == 5)
            #expect(router.server.load.streams == 0)
        }
    }

    @Test("without its token in the message or in the log")
    func secrecy() async throws {
        let log = RecordingLog()
        try await RouterFixture.withRouter(logger: log.logger) { router in
            let token = try router.token("s")
            let broken = token.dropLast(4) + "AAAA"
            let (_, status) = try await router.call(token: String(broken)).receiveRest()
            _ = try await router.pair("t")
            for part in token.split(separator: ".") {
                #expect(status.message?.contains(part) == false)
                #expect(!log.lines.contains { $0.contains(part) })
            }
            #expect(!log.lines.isEmpty)
        }
    }

    @Test("with UNIMPLEMENTED for another method")
    func method() async throws {
        try await RouterFixture.withRouter { router in
            let call = try await router.connect()
                .call(token: router.token("s"), path: "/jumpstarter.v1.RouterService/Other")
            #expect(try await call.code() == "12")
        }
    }

    @Test(
        "with an HTTP status when it is not gRPC",
        arguments: [("GET", "application/grpc", "405"), ("POST", "text/plain", "415")]
    )
    func notGRPC(method: String, contentType: String, status: String) async throws {
        try await RouterFixture.withRouter { router in
            let call = try await router.connect()
                .call(token: router.token("s"), method: method, contentType: contentType)
            _ = try await call.receiveRest()
            #expect(call.headers?.first(name: ":status") == status)
        }
    }

    @Test("with RESOURCE_EXHAUSTED when its headers are too large")
    func headerSize() async throws {
        try await RouterFixture.withRouter {
            $0.maximumHeaderBytes = 2_000
        } _: { router in
            let call = try await router.connect().call(token: router.token("s")) {
                $0.add(name: "x-large", value: String(repeating: "x", count: 2_000))
            }
            #expect(try await call.code() == "8")
            #expect(router.refused("header_size") == 1)
        }
    }

    @Test("with RESOURCE_EXHAUSTED at the limit of streams")
    func streams() async throws {
        try await RouterFixture.withRouter {
            $0.maximumStreams = 2
        } _: { router in
            let (first, _) = try await router.pair("s")
            #expect(try await router.call("t").code() == "8")
            #expect(router.refused("streams") == 1)
            try await first.cancel()
        }
    }

    @Test("with RESOURCE_EXHAUSTED at the limit of waiting streams")
    func waiting() async throws {
        try await RouterFixture.withRouter {
            $0.maximumWaitingStreams = 1
        } _: { router in
            let first = try await router.call("s")
            try await router.waitForWaiting(1)
            #expect(try await router.call("t").code() == "8")
            #expect(router.refused("waiting_streams") == 1)
            let second = try await router.call("s")
            try await second.send("in time")
            #expect(try await first.receive("in time") == "in time")
        }
    }

    @Test("with RESOURCE_EXHAUSTED at the limit of one connection's streams")
    func streamsOfConnection() async throws {
        try await RouterFixture.withRouter {
            $0.maximumStreamsPerConnection = 1
        } _: { router in
            let connection = try await router.connect()
            let first = try await connection.call(token: router.token("s"))
            try await router.waitForWaiting(1)
            #expect(try await connection.call(token: router.token("t")).code() == "8")
            #expect(router.refused("streams_per_connection") == 1)
            let second = try await router.call("s")
            try await second.send("elsewhere")
            #expect(try await first.receive("elsewhere") == "elsewhere")
        }
    }

    @Test("with RESOURCE_EXHAUSTED at the limit of connections")
    func connections() async throws {
        try await RouterFixture.withRouter {
            $0.maximumConnections = 1
        } _: { router in
            let first = try await router.call("s")
            try await router.waitForWaiting(1)
            let second = try await router.call("t")
            #expect(try await second.code() == "8")
            #expect(router.refused("connections") == 1)
            try await second.connection.channel.closeFuture.get()
            try await first.cancel()
        }
    }

    @Test("with RESOURCE_EXHAUSTED while no more used stream ids can be remembered, unless its partner waits")
    func rememberedStreamIDs() async throws {
        try await RouterFixture.withRouter {
            $0.maximumRememberedStreamIDs = 2
        } _: { router in
            let (used, _) = try await router.pair("used")
            let leaving = try await router.call("leaving")
            try await router.waitForWaiting(1)
            #expect(try await router.call("refused").code() == "8")
            #expect(router.refused("remembered_stream_ids") == 1)
            try await leaving.cancel()
            try await router.waitForWaiting(0)
            let first = try await router.call("s")
            try await router.waitForWaiting(1)
            let second = try await router.call("s")
            try await second.send("its place was kept")
            #expect(try await first.receive("its place was kept") == "its place was kept")
            #expect(try await router.call("refused").code() == "8")
            try await used.cancel()
        }
    }
}
