import Authentication
import Foundation
import Logging
import Metrics
import NIOCore
import NIOPosix
import Observability
import Transport

@testable import Router
@testable import RouterCore

/// A router on a free port of the loopback interface, and what its peers need to call it.
struct RouterFixture: Sendable {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    let server: RouterServer
    let port: Int
    let tokens: RouterTokenAuthority
    let caPEM: String
    private let registry: PrometheusRegistry
    private let date: @Sendable () -> Date

    /// Runs `body` against a router that is stopped afterwards.
    ///
    /// - Parameter date: what time it is for tokens.
    static func withRouter(
        _ configure: (inout RouterConfiguration) -> Void = { _ in },
        logger: Logger = Logger(label: "router-tests", factory: { _ in SwiftLogNoOpLogHandler() }),
        date: @escaping @Sendable () -> Date = { now },
        _ body: (RouterFixture) async throws -> Void
    ) async throws {
        var configuration = RouterConfiguration.defaults
        configuration.hosts = ["127.0.0.1"]
        configuration.port = 0
        // Raw peers answer no pings, and a slow machine may take longer than the usual time for a test.
        configuration.keepaliveInterval = .seconds(300)
        configure(&configuration)
        // Certificates are checked by BoringSSL against the real clock, tokens against the injected one.
        let authority = try CertificateAuthority.create(now: Date())
        let tokens = try RouterTokenAuthority(key: "secret")
        let registry = PrometheusRegistry()
        let identity = try authority.issue(server: [.dns("localhost"), .address("127.0.0.1")], now: Date())
        let server = try withMetricsFactory(PrometheusMetricsFactory(registry: registry)) {
            try RouterServer(
                configuration: configuration,
                identity: identity,
                authority: tokens,
                logger: logger,
                now: date
            )
        }
        let address = try await server.start()
        let fixture = RouterFixture(
            server: server,
            port: address.port ?? 0,
            tokens: tokens,
            caPEM: authority.certificatePEM,
            registry: registry,
            date: date
        )
        do {
            try await body(fixture)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// A connection of its own, as real peers make for each call.
    func connect() async throws -> TestConnection {
        try await TestConnection.open(port: port, caPEM: caPEM)
    }

    /// A call on a connection of its own.
    func call(_ streamID: String, autoRead: Bool = true) async throws -> TestCall {
        try await call(token: token(streamID), autoRead: autoRead)
    }

    /// A call with this token, on a connection of its own.
    func call(token: String?, autoRead: Bool = true) async throws -> TestCall {
        try await connect().call(token: token, autoRead: autoRead)
    }

    /// Two calls that are paired, on connections of their own.
    func pair(_ streamID: String) async throws -> (TestCall, TestCall) {
        let first = try await call(streamID)
        let second = try await call(streamID)
        try await first.waitForHeaders()
        try await second.waitForHeaders()
        return (first, second)
    }
}

extension RouterFixture {
    /// Streams that were refused for this reason, or never had a partner.
    func refused(_ reason: String) -> Double {
        registry.counter("jumpstarter_router_streams_refused_total", [("reason", reason)]).value
    }

    /// Connections that the router ended for this reason.
    func ended(_ fault: ConnectionFault) -> Double {
        registry.counter("jumpstarter_router_connections_ended_total", [("reason", fault.rawValue)]).value
    }

    /// Connections that their address's budget had `held` or `refused`.
    func unproven(_ outcome: String) -> Double {
        registry.counter("jumpstarter_router_unproven_connections_total", [("outcome", outcome)]).value
    }

    /// TLS handshakes that failed for this reason.
    func failedHandshakes(_ reason: String) -> Double {
        registry.counter("jumpstarter_router_handshake_failures_total", [("reason", reason)]).value
    }

    /// A token for this stream id.
    func token(_ streamID: String) throws -> String {
        try tokens.sign(streamID: streamID, now: date())
    }

    /// Waits until this many streams wait. The router reports no such event, so its load is asked in turn with other
    /// tasks; there is no time in it.
    func waitForWaiting(_ count: Int) async throws {
        while server.load.waitingStreams != count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// Waits until this many pairs run; see ``waitForWaiting(_:)``.
    func waitForPairs(_ count: Int) async throws {
        while server.load.pairs != count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// Waits until at least this many bytes have been handed on; see ``waitForWaiting(_:)``.
    func waitForBytes(_ count: UInt64) async throws {
        while server.load.bytes < count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// Waits until this many connections are open; see ``waitForWaiting(_:)``.
    func waitForConnections(_ count: Int) async throws {
        while server.load.connections != count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
