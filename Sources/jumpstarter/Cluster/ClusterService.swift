import Authentication
import ControllerService
import Fleet
import Foundation
import KubernetesStore
import Logging
import Manifests
import Metrics
import ObjectStore
import Observability
import Reconciling
import Resources
import ServiceConfiguration
import ServiceLifecycle
import Transport
import Web

/// Puts a controller on a Kubernetes cluster together and runs it.
struct ClusterService {
    /// How long calls and streams may take to end after SIGTERM, beside the drain delay.
    private static let stopPatience = Duration.seconds(20)

    private let options: ControllerCommand
    private let logger: Logger
    private let now: @Sendable () -> Date = { Date() }

    init(_ options: ControllerCommand, logger: Logger) {
        self.options = options
        self.logger = logger
    }

    /// - Throws: `StartupError` and the errors of the parts, whose descriptions are made for the terminal.
    func run() async throws {
        OpenFiles.raiseLimit()
        let kubernetes = KubernetesEnvironment.ofThisProcess
        let connection = try KubernetesConnection.discover(
            kubernetes,
            kubeconfig: options.kubeconfig,
            context: options.context
        )
        let environment = try ServiceEnvironment(
            variables: kubernetes.variables,
            role: .controller,
            serviceAccountNamespace: connection.namespace
        )
        guard let namespace = environment.namespace else { throw StartupError("NAMESPACE is not set") }
        try checkPorts(environment)
        var bounds = KubernetesStoreConfiguration()
        bounds.requestsPerSecond = options.apiRequestsPerSecond
        bounds.burst = options.apiRequestsPerSecond * 2
        let configuration = bounds
        let open = { [logger] in
            try KubernetesStore(
                connection: connection,
                environment: kubernetes,
                configuration: configuration,
                logger: logger
            )
        }
        try await Self.using(open()) { store in
            // Connections of its own, or renewals wait while leases have them all, and a leader that is late is deposed.
            try await Self.using(open()) { election in
                try await serve(store, election: election, environment, namespace: namespace)
            }
        }
    }

    private static func using(_ store: KubernetesStore, _ body: (KubernetesStore) async throws -> Void) async throws {
        do {
            try await body(store)
        } catch {
            try await store.close()
            throw error
        }
        try await store.close()
    }

    private func serve(
        _ store: KubernetesStore,
        election: KubernetesStore,
        _ environment: ServiceEnvironment,
        namespace: String
    ) async throws {
        let registry = PrometheusRegistry()
        registry.register(ProcessMetrics(reader: LinuxProcessReader()))
        MetricsSystem.bootstrap(PrometheusMetricsFactory(registry: registry))
        let keys = try await self.keys(environment, store, namespace)
        let fallback = RouterEntry(name: "default", endpoint: environment.routerEndpoint.description)
        let settings = LiveSettings(
            try await ClusterConfiguration.read(from: store, namespace: namespace, fallback: fallback, logger: logger)
        )
        let identity =
            environment.podName ?? "\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)"
        let elector = elector(election, namespace, identity)
        let controller = try ControllerParts(
            store: store,
            lab: LabConfiguration(
                namespace: namespace,
                endpoint: environment.grpcEndpoint.description,
                offlineTimeout: options.offlineTimeout()
            ),
            leadership: options.leaderElect ? ElectedLeadership(elector: elector) : SoleLeader(),
            secrets: ControllerSecrets(
                signingKey: SigningKey(controllerKey: keys.controller),
                routerAuthority: RouterTokenAuthority(key: keys.router),
                linkAuthority: RouterLinkAuthority(routerKey: keys.router)
            ),
            settings: settings,
            registry: registry,
            time: SystemTime(),
            logger: logger
        )
        let hosts = [options.bind ?? ListenAddress.every.text]
        let replicas = try Replicas(
            store: store,
            namespace: namespace,
            identity: identity,
            address: environment.podIP ?? "127.0.0.1",
            hosts: hosts,
            port: options.internalPort,
            credential: ReplicaCredential(controllerKey: keys.controller),
            meeting: controller.meeting,
            // A candidate adds the life that it is to its id, see `elector`.
            otherLeader: { elector.otherLeader.map { String($0.prefix { $0 != "_" }) } },
            passedOn: controller.providers(),
            logger: logger
        )
        let endpoints = ClusterEndpoints()
        let certificates = try await certificates(environment, store, namespace, settings)
        let server = try controller.server(
            hosts: hosts,
            port: options.controllerPort,
            identity: certificates.identity,
            peers: replicas.client,
            leader: replicas.leader
        ) { port in await endpoints.bound("controller", to: port) }
        let configuration = ClusterConfiguration(
            store: store,
            namespace: namespace,
            settings: settings,
            events: controller.lab.events,
            logger: logger,
            fallback: fallback
        )
        let readiness = Readiness()
        let starter = ClusterStarter(
            lab: controller.lab,
            endpoints: endpoints,
            readiness: readiness,
            identity: identity,
            namespace: namespace,
            logger: logger
        )
        var services: [any Service] = [starter, controller.lab, configuration] + replicas.services
        if options.leaderElect { services.append(CancelledAtShutdown { await elector.run() }) }
        services += try pages(
            environment,
            namespace,
            registry,
            readiness,
            endpoints,
            keys,
            trusted: certificates.trustedPEM
        )
        services.append(server)
        try await run(services, readiness)
    }

    private func checkPorts(_ environment: ServiceEnvironment) throws {
        let metrics = try BindAddress(option: "--metrics-bind-address", options.metricsBindAddress)
        let health = try BindAddress(option: "--health-probe-bind-address", options.healthProbeBindAddress)
        try RequestedPort.checkAll(
            [
                RequestedPort(purpose: "controller", option: "--controller-port", port: options.controllerPort),
                RequestedPort(purpose: "replicas", option: "--internal-port", port: options.internalPort),
                RequestedPort(purpose: "web page", option: "--web-port", port: options.webPort),
                RequestedPort(purpose: "login service", option: "LOGIN_SERVICE_PORT", port: environment.loginPort),
                RequestedPort(purpose: "metrics", option: "--metrics-bind-address", port: metrics.port),
                RequestedPort(purpose: "probes", option: "--health-probe-bind-address", port: health.port),
            ],
            on: [options.bind.map(ListenAddress.init) ?? .every]
        )
    }

    private func keys(
        _ environment: ServiceEnvironment,
        _ store: KubernetesStore,
        _ namespace: String
    ) async throws -> ServiceKeys {
        if let controller = environment.controllerKey?.text, let router = environment.routerKey?.text {
            return ServiceKeys(controller: controller, router: router)
        }
        guard let secret = environment.keysSecret else {
            throw StartupError("CONTROLLER_KEY and ROUTER_KEY are not set")
        }
        return try await ServiceKeys.load(from: store, namespace: namespace, secret: secret) {
            var generator = SystemRandomNumberGenerator()
            return SigningKey.makeControllerKey(using: &generator)
        }
    }

    private func elector(_ store: KubernetesStore, _ namespace: String, _ identity: String) -> LeaderElector {
        var configuration = LeaderElector.Configuration(
            key: ObjectKey(namespace: namespace, name: "jumpstarter-controller"),
            // A replica that starts again under its name is another candidate.
            identity: "\(identity)_\(UUID().uuidString.lowercased())"
        )
        configuration.leaseDuration = .seconds(options.leaderLeaseSeconds)
        configuration.renewDeadline = .milliseconds(options.leaderLeaseSeconds * 600)
        configuration.retryPeriod = .milliseconds(options.leaderLeaseSeconds * 200)
        return LeaderElector(store: store, configuration: configuration, now: now, logger: logger)
    }

    /// What is shown to clients and exporters, and what they must trust, when that is known.
    private func certificates(
        _ environment: ServiceEnvironment,
        _ store: KubernetesStore,
        _ namespace: String,
        _ settings: LiveSettings
    ) async throws -> (identity: ServerIdentity, trustedPEM: String?) {
        guard let paths = environment.certificate else {
            let host = environment.grpcEndpoint.host
            guard let secret = environment.tlsSecret else {
                return (try .selfSigned(names: [ServerName(host)], now: now()), environment.caBundle)
            }
            let routers = settings.current.routers.endpoints.compactMap { HostPort(parsing: $0)?.host }
            let made = try await SelfMadeCertificates(
                store: store,
                namespace: namespace,
                secret: secret,
                now: now,
                logger: logger
            ).load(for: [host] + routers)
            return (made.identity, environment.caBundle ?? made.authorityPEM)
        }
        do {
            let identity = ServerIdentity(
                certificateChainPEM: try String(contentsOfFile: paths.certificate, encoding: .utf8),
                privateKeyPEM: try String(contentsOfFile: paths.key, encoding: .utf8)
            )
            return (identity, environment.caBundle)
        } catch {
            throw StartupError("EXTERNAL_CERT_PEM, EXTERNAL_KEY_PEM: cannot be read: \(error.localizedDescription)")
        }
    }

    private func pages(
        _ environment: ServiceEnvironment,
        _ namespace: String,
        _ registry: PrometheusRegistry,
        _ readiness: Readiness,
        _ endpoints: ClusterEndpoints,
        _ keys: ServiceKeys,
        trusted: String?
    ) throws -> [any Service] {
        let keySet = try SigningKey(controllerKey: keys.controller).keySet.document()
        let information = LoginRoutes.Information(
            grpcEndpoint: environment.grpcEndpoint.description,
            routerEndpoint: environment.routerEndpoint.description,
            namespace: namespace,
            caBundlePEM: trusted ?? "",
            issuers: [],
            keySet: keySet
        )
        let health = try BindAddress(option: "--health-probe-bind-address", options.healthProbeBindAddress)
        let metrics = try BindAddress(option: "--metrics-bind-address", options.metricsBindAddress)
        let every = options.bind ?? ListenAddress.every.text
        func page(_ name: String, _ host: String?, _ port: Int, _ routes: HTTPRoutes) -> HTTPEndpoint {
            HTTPEndpoint(name: name, host: host ?? every, port: port, router: routes, logger: logger) { port in
                await endpoints.bound(name, to: port)
            }
        }
        return [
            page("health", health.host, health.port, ProbeRoutes.router { await readiness.isReady }),
            page("metrics", metrics.host, metrics.port, MetricsRoutes.router(registry: registry)),
            page("login", nil, environment.loginPort, LoginRoutes.router { information }),
            page("web", nil, options.webPort, LoginRoutes.router { information }),
        ]
    }

    private func run(_ services: [any Service], _ readiness: Readiness) async throws {
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                logger: quiet
            )
        )
        let delay = Duration.seconds(options.drainDelay)
        let stop = StopSignal(
            group: group,
            patience: Self.stopPatience,
            logger: logger,
            // Load balancers must see that this replica is going before it stops taking calls.
            prepare: {
                await readiness.set(false)
                try await Task.sleep(for: delay)
            }
        )
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask { await stop.obey() }
            try await tasks.next()
            tasks.cancelAll()
        }
        logger.info("stopped")
    }
}
