import Authentication
import Fleet
import Foundation
import Logging
import Metrics
import NIOCore
import Observability
import Router
import ServiceConfiguration
import ServiceLifecycle
import Transport
import UnixSignals
import Web

/// Puts one router together and runs it.
struct RouterService {
    private let options: RouterCommand
    private let logger: Logger
    private let now: @Sendable () -> Date = { Date() }

    init(_ options: RouterCommand, logger: Logger) {
        self.options = options
        self.logger = logger
    }

    /// - Throws: `StartupError` and the errors of the parts, whose descriptions are made for the terminal.
    func run() async throws {
        let environment = try ServiceEnvironment(
            variables: ProcessInfo.processInfo.environment,
            role: .router,
            serviceAccountNamespace: nil
        )
        let address = options.bind.map(ListenAddress.init) ?? .every
        let metrics = try BindAddress(option: "--metrics-bind-address", options.metricsBindAddress)
        try RequestedPort.checkAll(
            [RequestedPort(purpose: "router", option: "--port", port: options.port)],
            on: [address]
        )
        try RequestedPort.checkAll(
            [RequestedPort(purpose: "metrics", option: "--metrics-bind-address", port: metrics.port)],
            on: [metrics.host.map(ListenAddress.init) ?? .every]
        )
        let registry = PrometheusRegistry()
        RouterMetricsHelp.describe(in: registry)
        registry.register(ProcessMetrics(reader: LinuxProcessReader()))
        MetricsSystem.bootstrap(PrometheusMetricsFactory(registry: registry))
        let configuration = configuration(on: address)
        warnOfFewFiles(OpenFiles.raiseLimit(), configuration)
        let router = try server(configuration, environment)
        let port = try await router.start().port ?? options.port
        let endpoint = "\(environment.routerEndpoint.host):\(port)"
        let pages = HTTPEndpoint(
            name: "metrics",
            host: metrics.host ?? ListenAddress.every.text,
            port: metrics.port,
            router: RouterPages.routes(registry: registry, server: router),
            limits: RouterRoutes.limits,
            logger: logger
        ) { port in
            announce(endpoint, metrics: HostPort(host: metrics.host ?? "127.0.0.1", port: port).description)
        }
        // First, so that it is there while the router drains.
        var services: [any Service] = [pages]
        // Before the router, so that it ends after it and tells that it drains.
        if let links = try links(of: router, port: port, environment) { services.append(links) }
        services.append(router)
        try await ServiceGroup(
            configuration: .init(
                services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        ).run()
    }

    private func announce(_ router: String, metrics: String) {
        // Not by `print`, which keeps the line to itself while standard output is a pipe.
        FileHandle.standardOutput.write(
            Data("{\"ready\":true,\"router\":\"\(router)\",\"metrics\":\"\(metrics)\"}\n".utf8)
        )
    }

    private func configuration(on address: ListenAddress) -> RouterConfiguration {
        var configuration = RouterConfiguration.defaults
        configuration.hosts = [address.text]
        configuration.port = options.port
        configuration.drainTimeout = .seconds(options.drainTimeout)
        options.limits.apply(to: &configuration)
        return configuration
    }

    /// - Parameter limit: how many files may be open; nil if it is not known.
    private func warnOfFewFiles(_ limit: Int?, _ configuration: RouterConfiguration) {
        let needed = configuration.maximumOpenFiles
        guard let limit, limit < needed else { return }
        logger.warning(
            "Too few open files are allowed for --max-connections; lower it, or raise the hard limit (ulimit -Hn)",
            metadata: [
                "max_connections": "\(configuration.maximumConnections)", "needed": "\(needed)", "allowed": "\(limit)",
            ]
        )
    }

    private func server(
        _ configuration: RouterConfiguration,
        _ environment: ServiceEnvironment
    ) throws -> RouterServer {
        try RouterServer(
            configuration: configuration,
            identity: identity(environment),
            authority: RouterTokenAuthority(key: environment.routerKey?.text ?? ""),
            logger: logger,
            now: now
        )
    }

    /// The calls to the controllers, if it is told where they are.
    private func links(of router: RouterServer, port: Int, _ environment: ServiceEnvironment) throws -> RouterLinks? {
        guard !environment.controllerEndpoints.isEmpty else { return nil }
        let lookup = ControllerLookup(
            endpoints: environment.controllerEndpoints,
            serverName: environment.hasGRPCEndpoint ? environment.grpcEndpoint.host : nil
        )
        let known = environment.routerEndpoint
        // With port 0 only the router knows its port.
        let endpoint = options.port == 0 ? HostPort(host: known.host, port: port) : known
        let client = RouterLinkClient(
            router: RouterOnLink(server: router),
            hello: RouterHello(
                endpoint: endpoint.description,
                name: environment.routerName ?? environment.podName,
                labels: environment.routerLabels,
                capacity: router.capacity
            ),
            authority: try RouterLinkAuthority(routerKey: environment.routerKey?.text ?? ""),
            trustedPEM: environment.caBundle,
            clock: ContinuousClock(),
            uptime: ProcessUptime.now,
            now: now
        )
        return RouterLinks(client: client, clock: ContinuousClock(), logger: logger) { try await lookup.addresses() }
    }

    private func identity(_ environment: ServiceEnvironment) throws -> ServerIdentity {
        guard let paths = environment.certificate else {
            return try .selfSigned(names: [ServerName(environment.routerEndpoint.host)], now: now())
        }
        return ServerIdentity(
            certificateChainPEM: try String(contentsOfFile: paths.certificate, encoding: .utf8),
            privateKeyPEM: try String(contentsOfFile: paths.key, encoding: .utf8)
        )
    }
}
