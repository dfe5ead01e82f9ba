import Authentication
import Foundation
import NIOHPACK
import Testing

@testable import Router

@Suite("A token that names its side", .timeLimit(.minutes(5)))
struct RoleTests {
    private func token(
        _ router: RouterFixture,
        _ side: RouterToken.Side,
        stream: String = "s",
        lease: String = "lab/lease"
    ) throws -> String {
        try router.tokens.sign(
            streamID: stream,
            side: side,
            lease: lease,
            client: "alice",
            exporter: "board",
            now: RouterFixture.now
        )
    }

    @Test("pairs one client with one exporter, and shows whose tunnel it is")
    func pair() async throws {
        let log = RecordingLog()
        try await RouterFixture.withRouter(logger: log.logger) { router in
            let exporter = try await router.call(token: token(router, .exporter))
            let client = try await router.call(token: token(router, .client))
            try await client.send("\0\0\0\0\u{2}hi")
            #expect(try await exporter.receive("\0\0\0\0\u{2}hi") == "\0\0\0\0\u{2}hi")
            let tunnel = try #require(router.server.tunnels.first)
            #expect(tunnel.lease == "lab/lease")
            #expect(tunnel.client == "alice")
            #expect(tunnel.exporter == "board")
            #expect(tunnel.bytesToExporter == 7)
            #expect(tunnel.messagesToExporter == 1)
            #expect(tunnel.bytesToClient == 0)
            let decoded = try JSONDecoder().decode(TunnelSnapshot.self, from: JSONEncoder().encode(tunnel))
            #expect(decoded.stream == "s")
            try await client.finish()
            try await exporter.finish()
            #expect(try await client.code() == "0")
            #expect(try await exporter.code() == "0")
            #expect(router.server.tunnels.isEmpty)
            #expect(log.lines.contains { $0.hasPrefix("Tunnel started") && $0.contains("alice") })
            #expect(log.lines.contains { $0.hasPrefix("Tunnel ended") && $0.contains("\"bytes_to_exporter\": 7") })
        }
    }

    @Test(
        "refuses a second one of the same side, which does not disturb the first",
        arguments: RouterToken.Side.allCases
    )
    func second(side: RouterToken.Side) async throws {
        try await RouterFixture.withRouter { router in
            let first = try await router.call(token: token(router, side))
            try await router.waitForWaiting(1)
            #expect(try await router.call(token: token(router, side)).code() == "6")
            let partner = try await router.call(token: token(router, side == .client ? .exporter : .client))
            try await partner.send("hello")
            #expect(try await first.receive("hello") == "hello")
        }
    }

    @Test("is good for one call, also when that call left before it had a partner")
    func replay() async throws {
        try await RouterFixture.withRouter { router in
            let text = try token(router, .client)
            let first = try await router.call(token: text)
            try await router.waitForWaiting(1)
            #expect(try await router.call(token: text).code() == "6")
            try await first.connection.drop()
            try await router.waitForWaiting(0)
            #expect(try await router.call(token: text).code() == "6")
        }
    }

    @Test("of another lease is no partner")
    func otherLease() async throws {
        try await RouterFixture.withRouter { router in
            let first = try await router.call(token: token(router, .client))
            try await router.waitForWaiting(1)
            #expect(try await router.call(token: token(router, .exporter, lease: "lab/other")).code() == "7")
            try await first.cancel()
        }
    }

    @Test("has its tunnels cut with its lease, and no others")
    func cut() async throws {
        try await RouterFixture.withRouter { router in
            let client = try await router.call(token: token(router, .client))
            let exporter = try await router.call(token: token(router, .exporter))
            try await client.waitForHeaders()
            let waiting = try await router.call(token: token(router, .client, stream: "w"))
            try await router.waitForWaiting(1)
            let others = try await router.pair("other")
            #expect(router.server.cut(LeaseCut(lease: "lab/lease", reason: "lease lease has ended")) == 2)
            for call in [client, exporter, waiting] {
                let (_, status) = try await call.receiveRest()
                #expect(status == .init(code: "9", message: "lease lease has ended"))
            }
            try await AbuseTests.expectTraffic(others)
            #expect(router.server.load.pairs == 1)
        }
    }

    @Test("ends with its call's own deadline, and its partner learns of it")
    func deadline() async throws {
        try await RouterFixture.withRouter { router in
            let alone = try await router.connect().call(token: token(router, .client, stream: "alone")) {
                $0.add(name: "grpc-timeout", value: "20m")
            }
            #expect(try await alone.code() == "4")
            let partner = try await router.call(token: token(router, .exporter))
            let client = try await router.connect().call(token: token(router, .client)) {
                $0.add(name: "grpc-timeout", value: "500m")
            }
            try await client.waitForHeaders()
            #expect(try await client.code() == "4")
            #expect(try await partner.code() == "14")
            let wrong = try await router.connect().call(token: token(router, .client, stream: "x")) {
                $0.add(name: "grpc-timeout", value: "soon")
            }
            #expect(try await wrong.code() == "3")
        }
    }
}
