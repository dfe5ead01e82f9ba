import NIOCore
import Testing

@testable import Router

@Suite("Many calls in one write", .timeLimit(.minutes(5)))
struct ManyCallsTests {
    private static let count = 40

    @Test("are all begun, in order with the data that follows them")
    func order() async throws {
        try await RouterFixture.withRouter {
            // The last of the partners comes late on a slow machine.
            $0.pairingTimeout = .seconds(300)
        } _: { router in
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            try await peer.greet()
            let streams = (0..<Self.count).map { UInt32($0 * 2 + 1) }
            peer.send(
                try streams.flatMap { stream in
                    let data = RawPeer.frame(type: 0, stream: stream, Array("data \(stream)".utf8))
                    return try peer.call(stream: stream, token: router.token("s\(stream)")) + data
                }
            )
            for stream in streams.reversed() {
                let partner = try await router.call("s\(stream)")
                #expect(try await partner.receive("data \(stream)") == "data \(stream)")
                try await partner.connection.cut(reset: false)
            }
        }
    }

    @Test("lose nothing of what came before the end of the connection")
    func end() async throws {
        try await RouterFixture.withRouter { router in
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            try await peer.greet()
            peer.send(try peer.call(stream: 1, token: router.token("running")))
            let partner = try await router.call("running")
            try await partner.waitForHeaders()
            let calls = try (1...Self.count).flatMap { number in
                try peer.call(stream: UInt32(number * 2 + 1), token: router.token("s\(number)"))
            }
            peer.send(calls + RawPeer.frame(type: 0, stream: 1, Array("the last words".utf8)))
            try await peer.channel.close()
            let rest = try await partner.receiveRest()
            #expect(String(buffer: rest.bytes) == "the last words")
        }
    }
}
