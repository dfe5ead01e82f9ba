import Foundation
import NIOCore
import Testing
import Transport

@testable import Router

@Suite("A connection", .timeLimit(.minutes(5)))
struct ConnectionTests {
    @Test("without a stream is closed after a while, with GOAWAY and NO_ERROR")
    func idle() async throws {
        try await RouterFixture.withRouter {
            $0.idleTimeout = .milliseconds(50)
        } _: { router in
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            try await peer.greet()
            #expect(await peer.codeOfEnd() == 0)
        }
    }

    @Test("of which no call has shown a good token is closed sooner")
    func unprovenIdle() async throws {
        try await RouterFixture.withRouter {
            $0.unprovenIdleTimeout = .milliseconds(50)
        } _: { router in
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            try await peer.greet()
            peer.send(try peer.call(stream: 1, token: nil, flags: 0x5))
            #expect(await peer.codeOfEnd() == 0)
        }
    }

    @Test("survives its clients' frequent pings")
    func pings() async throws {
        try await RouterFixture.withRouter { router in
            let (first, second) = try await router.pair("s")
            for number in 0..<300 {
                try await first.connection.ping(UInt64(number))
            }
            try await first.send("alive")
            #expect(try await second.receive("alive") == "alive")
        }
    }

    @Test("without ALPN gets the whole certificate chain and may leave again")
    func withoutALPN() async throws {
        try await RouterFixture.withRouter { router in
            let chain = try await CertificateCopy.copy(port: router.port)
            #expect(chain == 2)
            try await router.waitForConnections(0)
        }
    }

    @Test("sees a renewed certificate from then on")
    func renewedCertificate() async throws {
        try await RouterFixture.withRouter { router in
            try router.server.use(.selfSigned(names: [.dns("localhost")], now: Date()))
            #expect(try await CertificateCopy.copy(port: router.port) == 1)
        }
    }
}
