package import Hummingbird
package import Logging
import ServiceLifecycle

/// A plain HTTP server of the service: probes, metrics, login and pages.
package struct HTTPEndpoint: Service {
    private let run_: @Sendable () async throws -> Void

    /// - Parameters:
    ///   - name: For log lines.
    ///   - port: 0 picks a free one.
    ///   - onBound: Told the port once the server listens.
    package init(
        name: String,
        host: String,
        port: Int,
        router: Router<BasicRequestContext>,
        logger: Logger,
        onBound: @escaping @Sendable (Int) async -> Void
    ) {
        let application = Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
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

/// The routes of a plain HTTP server.
package typealias HTTPRoutes = Router<BasicRequestContext>
