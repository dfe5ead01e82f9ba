import ArgumentParser
import Authentication
import Foundation
import Logging
import NIOCore
import Router
import ServiceConfiguration
import ServiceLifecycle
import Transport
import UnixSignals

/// `jumpstarter router`: one router, which knows only the shared key and its configuration.
struct RouterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "router",
        abstract: "Runs one router beside others.",
        discussion: """
            Environment: ROUTER_KEY (required, the same as the controller's), GRPC_ROUTER_ENDPOINT (public host:port), \
            EXTERNAL_CERT_PEM and EXTERNAL_KEY_PEM (paths; without them a self-signed certificate for the endpoint's \
            host). SIGTERM drains: new streams are refused, running ones may end.
            """
    )

    @Option(help: "The address to listen on. Default: every address.")
    var bind: String?

    @Option(help: "The port to listen on; 0 picks a free one.")
    var port = 8083

    @Option(help: "How many seconds running tunnels may go on after SIGTERM.")
    var drainTimeout = 300

    @OptionGroup var log: LogOptions

    func run() async throws {
        let logger = log.bootstrap { Date() }
        do {
            try await serve(logger)
        } catch {
            throw CommandFailure.told(error)
        }
    }

    private func serve(_ logger: Logger) async throws {
        let environment = try ServiceEnvironment(
            variables: ProcessInfo.processInfo.environment,
            role: .router,
            serviceAccountNamespace: nil
        )
        let address = bind.map(ListenAddress.init) ?? .every
        try RequestedPort.checkAll([RequestedPort(purpose: "router", option: "--port", port: port)], on: [address])
        var configuration = RouterConfiguration.defaults
        configuration.hosts = [address.text]
        configuration.port = port
        configuration.drainTimeout = .seconds(drainTimeout)
        let router = try RouterServer(
            configuration: configuration,
            identity: identity(environment),
            authority: RouterTokenAuthority(key: environment.routerKey?.text ?? ""),
            logger: logger,
            now: { Date() }
        )
        let boundPort = try await router.start().port ?? port
        // Not by `print`, which keeps the line to itself while standard output is a pipe.
        let line = "{\"ready\":true,\"router\":\"\(environment.routerEndpoint.host):\(boundPort)\"}\n"
        FileHandle.standardOutput.write(Data(line.utf8))
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: router)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
    }

    private func identity(_ environment: ServiceEnvironment) throws -> ServerIdentity {
        guard let paths = environment.certificate else {
            return try .selfSigned(names: [ServerName(environment.routerEndpoint.host)], now: Date())
        }
        return ServerIdentity(
            certificateChainPEM: try String(contentsOfFile: paths.certificate, encoding: .utf8),
            privateKeyPEM: try String(contentsOfFile: paths.key, encoding: .utf8)
        )
    }
}
