import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
package import ObjectStore
import ServiceLifecycle

/// The Kubernetes-shaped API over HTTPS: what `kubectl` and `jmp admin` talk to when there is no cluster.
///
/// On graceful shutdown it takes no further connections, ends watches at once and lets other requests finish.
package struct KubernetesAPIServer: Service {
    private let handler: APIHandler
    private let configuration: Configuration
    private let onBound: @Sendable (Int) async -> Void

    package struct Configuration: Sendable {
        /// The address to listen on.
        package var host: String
        /// The port to listen on; 0 takes a free one.
        package var port: Int
        /// The server's certificate, then those that signed it.
        package var certificateChainPEM: String
        package var privateKeyPEM: String
        package var api: APIHandler.Configuration
        /// The most bytes of a request's body; larger ones are answered 413. Kubernetes' own limit.
        package var maximumBodySize = 3 * 1024 * 1024
        /// How long a request other than a watch may take, its body included.
        package var requestTimeout = Duration.seconds(60)
        /// How long a connection may take to send a request's headers, or be idle between two.
        package var idleTimeout = Duration.seconds(90)
        package var clock: any Clock<Duration> = ContinuousClock()
        package var logger: Logger
        /// Told of each request that was answered.
        package var audit: @Sendable (APIAuditRecord) -> Void = { _ in }

        package init(
            host: String,
            port: Int,
            certificateChainPEM: String,
            privateKeyPEM: String,
            api: APIHandler.Configuration,
            logger: Logger
        ) {
            self.host = host
            self.port = port
            self.certificateChainPEM = certificateChainPEM
            self.privateKeyPEM = privateKeyPEM
            self.api = api
            self.logger = logger
        }
    }

    /// - Parameter onBound: Told the port once the server listens.
    package init(
        store: any ObjectStore,
        configuration: Configuration,
        onBound: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.handler = APIHandler(store: store, configuration: configuration.api)
        self.configuration = configuration
        self.onBound = onBound
    }

    /// Serves until shutdown.
    /// - Throws: An error of NIOSSL for a certificate or key that cannot be read, of NIO when the address cannot be
    ///   bound.
    package func run() async throws {
        let application = Application(
            responder: APIResponder(handler: handler, limits: configuration),
            server: try .tls(http, tlsConfiguration: try tlsConfiguration()),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: nil
            ),
            onServerRunning: { channel in await onBound(channel.localAddress?.port ?? configuration.port) },
            logger: configuration.logger
        )
        try await application.run()
    }

    private var http: HTTPServerBuilder {
        .http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [InputEndHandler()],
                idleTimeout: TimeAmount(configuration.idleTimeout)
            )
        )
    }

    private func tlsConfiguration() throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(configuration.certificateChainPEM.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(configuration.privateKeyPEM.utf8), format: .pem)
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        tls.minimumTLSVersion = .tlsv12
        // Clients that just go away never say goodbye; a shutdown must not wait long for that.
        tls.shutdownTimeout = .milliseconds(300)
        tls.applicationProtocols = ["http/1.1"]
        return tls
    }
}

// Service groups log their services by description, and a description by reflection would show the private key.
extension KubernetesAPIServer: CustomStringConvertible {
    package var description: String { "KubernetesAPIServer(\(configuration))" }
}

extension KubernetesAPIServer.Configuration: CustomStringConvertible {
    /// The address alone: no key, no token.
    package var description: String { "\(host):\(port)" }
}
