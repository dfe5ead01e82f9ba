import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle

/// A plain HTTP server of the service: probes, metrics, login and pages.
package struct HTTPEndpoint: Service {
    private let run_: @Sendable () async throws -> Void

    /// What strangers may cost.
    package struct Limits: Sendable {
        /// Connections that are served at once; more have to wait.
        package var connections: Int
        /// How long a connection may be silent.
        package var idleTime: Duration

        package init(connections: Int, idleTime: Duration) {
            self.connections = connections
            self.idleTime = idleTime
        }
    }

    /// - Parameters:
    ///   - name: For log lines.
    ///   - port: 0 picks a free one.
    ///   - limits: Nil for none.
    ///   - onBound: Told the port once the server listens.
    package init(
        name: String,
        host: String,
        port: Int,
        router: HTTPRoutes,
        limits: Limits? = nil,
        logger: Logger,
        onBound: @escaping @Sendable (Int) async -> Void
    ) {
        let application = Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: limits.map { TimeAmount($0.idleTime) })),
            configuration: .init(
                address: .hostname(host, port: port),
                serverName: nil,
                availableConnectionsDelegate: limits.map { MaximumAvailableConnections($0.connections) }
            ),
            onServerRunning: { channel in
                guard let port = channel.localAddress?.port else { return }
                logger.info("\(name) listens", metadata: ["port": "\(port)"])
                await onBound(port)
            },
            logger: Self.quiet(logger)
        )
        run_ = { try await application.run() }
    }

    /// Hummingbird logs each start and stop; ours says it once.
    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        return quiet
    }

    package func run() async throws { try await run_() }
}
