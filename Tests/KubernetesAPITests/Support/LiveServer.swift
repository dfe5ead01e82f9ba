import Foundation
import KubernetesAPI
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Transport

/// The server on a free port of the loopback, with a certificate of its own authority.
struct LiveServer {
    let port: Int
    let group: ServiceGroup
    private let authority: CertificateAuthority

    /// Runs a test beside the server; both have ended when this returns.
    static func with(_ api: API, maximumBodySize: Int = 4096, _ test: (LiveServer) async throws -> Void) async throws {
        let authority = try CertificateAuthority.create(now: Date())
        let identity = try authority.issue(server: [ServerName("127.0.0.1")], now: Date())
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        var configuration = KubernetesAPIServer.Configuration(
            host: "127.0.0.1",
            port: 0,
            certificateChainPEM: identity.certificateChainPEM,
            privateKeyPEM: identity.privateKeyPEM,
            api: .init(adminToken: API.token, version: "1", now: { API.now }, makeUID: { UUID() }),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        configuration.maximumBodySize = maximumBodySize
        let server = KubernetesAPIServer(store: api.store, configuration: configuration) { continuation.yield($0) }
        let group = ServiceGroup(services: [server], logger: configuration.logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next(isolation: #isolation) else { return }
            try await test(LiveServer(port: port, group: group, authority: authority))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Sends one request as text and reads until the server closes, or until `onText` says that it is enough.
    func exchange(_ request: String, until isEnough: (String) async -> Bool) async throws -> String {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.certificatePEM.utf8)))
        let context = try NIOSSLContext(configuration: tls)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(context: context, serverHostname: nil)
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var text = ""
            for try await chunk in inbound {
                text += String(buffer: chunk)
                if await isEnough(text) { break }
            }
            return text
        }
    }
}
