import Authentication
import ControllerService
import Fleet
import Foundation
import KubernetesAPI
import Logging
import Metrics
import NIOCore
import ObjectStore
import Observability
import Reconciling
import Resources
import Router
import SQLiteStore
import ServiceConfiguration
import ServiceLifecycle
import Transport
import Web

/// Puts a standalone service together and runs it.
///
/// Start: folder, store, keys, then every server on its port; once the controller's port is known the lab is read in,
/// and once that is done too the ready line is printed. End: in the reverse order, within five seconds.
struct StandaloneService {
    /// How long tunnels may go on after SIGTERM: the whole service ends within 5 s.
    private static let drainTimeout = Duration.seconds(2)

    private let options: Standalone
    private let logger: Logger
    private let now: @Sendable () -> Date = { Date() }

    init(_ options: Standalone, logger: Logger) {
        self.options = options
        self.logger = logger
    }

    /// - Throws: `StartupError` and the errors of the parts, whose descriptions are made for the terminal.
    func run() async throws {
        OpenFiles.raiseLimit()
        let environment = try ServiceEnvironment(
            variables: ProcessInfo.processInfo.environment,
            role: .standalone,
            serviceAccountNamespace: nil
        )
        let configuration = try readConfiguration()
        warnOfUnusedSettings(configuration)
        try RequestedPort.checkAll(requestedPorts, on: bindAddresses)
        let folder = DataFolder(url: URL(filePath: options.dataDir).standardizedFileURL)
        let store = try SQLiteStore(SQLiteStoreConfiguration(folder: folder.url, now: now, logger: logger))
        do {
            let keys = try StandaloneKeys(folder: folder, environment: environment, host: options.host, now: now())
            try await serve(store, keys, folder, configuration)
        } catch {
            try await store.close()
            throw error
        }
        try await store.close()
    }

    private func serve(
        _ store: SQLiteStore,
        _ keys: StandaloneKeys,
        _ folder: DataFolder,
        _ configuration: JumpstarterConfiguration
    ) async throws {
        let endpoints = StandaloneEndpoints(host: options.host)
        let registry = PrometheusRegistry()
        RouterMetricsHelp.describe(in: registry)
        registry.register(ProcessMetrics(reader: LinuxProcessReader()))
        MetricsSystem.bootstrap(PrometheusMetricsFactory(registry: registry))
        let seeder = NamespaceSeeder(store: store, caPEM: keys.trustedPEM, logger: logger)
        try await seeder.seed(["default", "kube-system", options.namespace])
        let router = try routerServer(keys)
        guard let routerPort = try await router.start().port else { throw StartupError("the router has no port") }
        await endpoints.bound(.router, to: routerPort)
        let routers = RouterDirectory(
            entries: [RouterEntry(name: "standalone", endpoint: await endpoints.address(.router))]
        )
        let controller = try ControllerParts(
            store: store,
            lab: LabConfiguration(endpoint: "", offlineTimeout: options.offlineTimeout()),
            secrets: ControllerSecrets(
                signingKey: keys.signingKey,
                routerAuthority: keys.routerAuthority,
                linkAuthority: keys.linkAuthority
            ),
            settings: LiveSettings(.init(configuration: configuration, routers: routers)),
            registry: registry,
            time: SystemTime(),
            logger: logger
        )
        let controllerServer = try controller.server(
            hosts: bindAddresses.map(\.text),
            port: options.controllerPort,
            identity: keys.identity
        ) { port in await endpoints.bound(.controller, to: port) }
        let api = try apiServer(store, keys, folder, endpoints)
        let readiness = Readiness()
        let starter = Starter(
            lab: controller.lab,
            endpoints: endpoints,
            readiness: readiness,
            namespace: options.namespace,
            folder: folder.url,
            logger: logger
        )
        // Before the router, so that it ends after it and tells that it drains.
        let link = LocalRouterLink(
            fleet: controller.fleet,
            standing: controller.warden.standing,
            router: RouterOnLink(server: router),
            hello: RouterHello(
                endpoint: await endpoints.address(.router),
                name: "standalone",
                capacity: router.capacity
            ),
            clock: ContinuousClock(),
            uptime: ProcessUptime.now
        )
        let services: [any Service] =
            [
                starter, LabService(lab: controller.lab, endpoints: endpoints), seeder,
                EventRetention(store: store, time: SystemTime(), logger: logger), link, router, api,
            ]
            + pages(keys, registry, readiness, endpoints, router) + [controllerServer]
        try await run(services, store: store)
    }

    private func run(_ services: [any Service], store: SQLiteStore) async throws {
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        let configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
            logger: quiet
        )
        let group = ServiceGroup(configuration: configuration)
        let stop = StopSignal(
            group: group,
            patience: .seconds(4),
            logger: logger,
            // Cutting connections off loses nothing: every acknowledged write is on disk.
            cleanUp: { try await store.close() }
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask { await stop.obey() }
            try await tasks.next()
            tasks.cancelAll()
        }
        logger.info("stopped")
    }

    private var requestedPorts: [RequestedPort] {
        [
            RequestedPort(purpose: "controller", option: "--controller-port", port: options.controllerPort),
            RequestedPort(purpose: "router", option: "--router-port", port: options.routerPort),
            RequestedPort(purpose: "web page", option: "--web-port", port: options.webPort),
            RequestedPort(purpose: "login service", option: "--login-port", port: options.loginPort),
            RequestedPort(purpose: "Kubernetes-shaped API", option: "--api-port", port: options.apiPort),
            RequestedPort(purpose: "probes", option: "--health-port", port: options.healthPort),
            RequestedPort(purpose: "metrics", option: "--metrics-port", port: options.metricsPort),
        ]
    }

    private var bindAddresses: [ListenAddress] {
        if let bind = options.bind { return [ListenAddress(text: bind)] }
        return ["localhost", "127.0.0.1", "::1"].contains(options.host) ? ListenAddress.loopback : [.every]
    }

    /// The pages and the Kubernetes-shaped API listen here alone: browsers and `kubectl` try every address of a name.
    private var bindAddress: String { bindAddresses[0].text }

    private func readConfiguration() throws -> JumpstarterConfiguration {
        guard let path = options.config else { return JumpstarterConfiguration() }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw StartupError("--config \(path): cannot be read: \(error.localizedDescription)")
        }
        return try JumpstarterConfiguration(yaml: text)
    }

    private func warnOfUnusedSettings(_ configuration: JumpstarterConfiguration) {
        if configuration.authentication.issuers.isEmpty && !configuration.authentication.kubernetesEnabled { return }
        logger.warning(
            "authentication.jwt and authentication.k8s are checked but not used yet: only internal tokens work"
        )
    }

    private func routerServer(_ keys: StandaloneKeys) throws -> RouterServer {
        var configuration = RouterConfiguration.defaults
        configuration.hosts = bindAddresses.map(\.text)
        configuration.port = options.routerPort
        configuration.drainTimeout = Self.drainTimeout
        return try RouterServer(
            configuration: configuration,
            identity: keys.identity,
            authority: keys.routerAuthority,
            logger: logger,
            now: now
        )
    }

    private func apiServer(
        _ store: SQLiteStore,
        _ keys: StandaloneKeys,
        _ folder: DataFolder,
        _ endpoints: StandaloneEndpoints
    ) throws -> KubernetesAPIServer {
        let configuration = KubernetesAPIServer.Configuration(
            host: bindAddress,
            port: options.apiPort,
            certificateChainPEM: keys.apiIdentity.certificateChainPEM,
            privateKeyPEM: keys.apiIdentity.privateKeyPEM,
            api: .init(adminToken: keys.administratorToken, version: Release.version, now: now, makeUID: { UUID() }),
            logger: logger
        )
        let namespace = options.namespace
        let logger = logger
        return KubernetesAPIServer(store: store, configuration: configuration) { port in
            let kubeconfig = Kubeconfig(
                server: "https://" + endpoints.address(ofPort: port),
                certificateAuthorityPEM: keys.authority.certificatePEM,
                token: keys.administratorToken,
                namespace: namespace
            )
            do {
                try folder.write(kubeconfig.yaml, to: "kubeconfig")
            } catch {
                logger.error("the administrator's kubeconfig could not be written", metadata: ["error": "\(error)"])
            }
            // Only now: the ready line names the file.
            await endpoints.bound(.api, to: port)
        }
    }

    private func pages(
        _ keys: StandaloneKeys,
        _ registry: PrometheusRegistry,
        _ readiness: Readiness,
        _ endpoints: StandaloneEndpoints,
        _ routerServer: RouterServer
    ) -> [any Service] {
        let namespace = options.namespace
        let information: @Sendable () async -> LoginRoutes.Information = {
            LoginRoutes.Information(
                grpcEndpoint: await endpoints.address(.controller),
                routerEndpoint: await endpoints.address(.router),
                namespace: namespace,
                caBundlePEM: keys.trustedPEM ?? "",
                issuers: [],
                keySet: (try? keys.signingKey.keySet.document()) ?? Data("{\"keys\":[]}".utf8)
            )
        }
        return [
            page("health", options.healthPort, ProbeRoutes.router { await readiness.isReady }, .health, endpoints),
            HTTPEndpoint(
                name: "metrics",
                host: bindAddress,
                port: options.metricsPort,
                router: RouterPages.routes(registry: registry, server: routerServer),
                limits: RouterRoutes.limits,
                logger: logger
            ) { port in await endpoints.bound(.metrics, to: port) },
            page("login", options.loginPort, LoginRoutes.router(information: information), .login, endpoints),
            page("web", options.webPort, LoginRoutes.router(information: information), .web, endpoints),
        ]
    }

    private func page(
        _ name: String,
        _ port: Int,
        _ router: HTTPRoutes,
        _ part: StandaloneEndpoints.Part,
        _ endpoints: StandaloneEndpoints
    ) -> HTTPEndpoint {
        HTTPEndpoint(name: name, host: bindAddress, port: port, router: router, logger: logger) { port in
            await endpoints.bound(part, to: port)
        }
    }
}
