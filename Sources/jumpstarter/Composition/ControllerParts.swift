import Authentication
import ControllerService
import Foundation
import GRPCCore
import Logging
import ObjectStore
import Observability
import Reconciling
import Resources
import ServiceConfiguration
import Transport

/// The controller: the lab and the gRPC services before it.
struct ControllerParts {
    let lab: Lab
    private let calls: CallAuthorizer
    private let keys: StandaloneKeys
    private let configuration: JumpstarterConfiguration
    private let time: any TimeSource
    private let logger: Logger

    init(
        store: any ObjectStore,
        keys: StandaloneKeys,
        configuration: JumpstarterConfiguration,
        registry: PrometheusRegistry,
        offlineTimeout: GoDuration,
        time: any TimeSource,
        logger: Logger
    ) async throws {
        let now: @Sendable () -> Date = { time.now() }
        let prefix = configuration.authentication.internalPrefix
        let issuer = InternalTokenIssuer(key: keys.signingKey, lifetime: configuration.authentication.tokenLifetime)
        lab = Lab(
            store: store,
            configuration: LabConfiguration(endpoint: "", offlineTimeout: offlineTimeout),
            credentials: InternalCredentials(issuer: issuer, prefix: prefix, now: now),
            time: time,
            observer: LeaseMetrics(
                registry: registry,
                acquisitions: LeaseAcquisitionMetrics(registry: registry, now: now)
            ),
            logger: logger
        )
        calls = CallAuthorizer(
            lab: lab,
            authenticator: RequestAuthenticator(
                tokens: try TokenAuthenticator(verifiers: [InternalTokenVerifier(of: issuer, prefix: prefix)], now: now)
            ),
            authorizer: Authorizer(internalPrefix: prefix, provisioningEnabled: configuration.provisioningEnabled),
            logger: logger
        )
        self.keys = keys
        self.configuration = configuration
        self.time = time
        self.logger = logger
    }

    /// The gRPC server of the controller.
    func server(
        hosts: [String],
        port: Int,
        identity: ServerIdentity,
        routers: [RouterEntry],
        onBound: @escaping @Sendable (Int) async -> Void
    ) throws -> ControllerServer {
        let meeting = MeetingPoint()
        let dialer = Dialer(
            lab: lab,
            meeting: meeting,
            routers: RouterDirectory(entries: routers),
            tokens: keys.routerAuthority,
            time: time,
            logger: logger
        )
        let services: [any RegistrableRPCService] = [
            ControllerProvider(
                lab: lab,
                calls: calls,
                dialer: dialer,
                meeting: meeting,
                time: time,
                telemetry: telemetryTargets,
                logger: logger
            ),
            ClientProvider(
                lab: lab,
                calls: calls,
                labels: LabelPresentation(
                    hidden: configuration.hiddenLabels,
                    deprecated: configuration.deprecatedLabels
                ),
                maximumTags: configuration.maximumTags,
                time: time,
                logger: logger
            ),
            TelemetryProvider(calls: calls, isEnabled: configuration.telemetry.enabled, logger: logger),
        ]
        return try ControllerServer(
            configuration: serverConfiguration(hosts: hosts, port: port),
            identity: identity,
            services: services,
            serviceNames: [
                "jumpstarter.v1.ControllerService", "jumpstarter.client.v1.ClientService",
                "jumpstarter.v1.TelemetryService",
            ],
            logger: logger,
            onBound: onBound
        )
    }

    private func serverConfiguration(hosts: [String], port: Int) -> ControllerServerConfiguration {
        let keepalive = configuration.keepalive
        var server = ControllerServerConfiguration(hosts: hosts, port: port)
        server.minimumPingInterval = keepalive.minimumPingInterval
        server.permitsPingsWithoutCalls = keepalive.permitWithoutStream
        server.keepaliveInterval = keepalive.interval
        server.keepaliveTimeout = keepalive.timeout
        server.maximumIdleTime = keepalive.maximumIdle
        server.maximumAge = keepalive.maximumAge
        server.maximumAgeGrace = keepalive.maximumAgeGrace
        return server
    }

    private var telemetryTargets: [ControllerProvider.TelemetryTarget] {
        guard configuration.telemetry.enabled, let endpoint = configuration.telemetry.endpoint else { return [] }
        return [
            .init(
                endpoint: endpoint.description,
                certificate: configuration.telemetry.certificate,
                minimumSeverity: configuration.telemetry.minimumSeverity
            )
        ]
    }
}
