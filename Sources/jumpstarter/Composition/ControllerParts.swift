import Authentication
import ControllerService
import Fleet
import Foundation
import GRPCCore
import Logging
import ObjectStore
import Observability
import Reconciling
import Resources
import ServiceConfiguration
import Transport

/// The secrets that a controller works with.
struct ControllerSecrets {
    let signingKey: SigningKey
    let routerAuthority: RouterTokenAuthority
    let linkAuthority: RouterLinkAuthority
}

/// The controller: the lab and the gRPC services before it.
struct ControllerParts {
    let lab: Lab
    let meeting = MeetingPoint()
    let fleet: RouterFleet
    /// Knows which tunnels may go on.
    let warden: TunnelWarden
    private let calls: CallAuthorizer
    private let secrets: ControllerSecrets
    /// What was configured at the start; what may change later is read from the settings.
    private let configuration: JumpstarterConfiguration
    private let settings: LiveSettings
    private let time: any TimeSource
    private let logger: Logger

    init(
        store: any ObjectStore,
        lab labConfiguration: LabConfiguration,
        leadership: any Leadership = SoleLeader(),
        secrets: ControllerSecrets,
        settings: LiveSettings,
        registry: PrometheusRegistry,
        time: any TimeSource,
        logger: Logger
    ) throws {
        let now: @Sendable () -> Date = { time.now() }
        let configuration = settings.current.configuration
        let prefix = configuration.authentication.internalPrefix
        let issuer = InternalTokenIssuer(
            key: secrets.signingKey,
            lifetime: configuration.authentication.tokenLifetime
        )
        let fleet = RouterFleet(
            directory: settings.current.routers,
            uptime: ProcessUptime.now,
            logger: logger
        )
        self.fleet = fleet
        lab = Lab(
            store: store,
            configuration: labConfiguration,
            credentials: InternalCredentials(issuer: issuer, prefix: prefix, now: now),
            time: time,
            observer: LeaseObserver(
                registry: registry,
                acquisitions: LeaseAcquisitionMetrics(registry: registry, now: now),
                fleet: fleet
            ),
            leadership: leadership,
            logger: logger
        )
        warden = TunnelWarden(lab: lab)
        calls = CallAuthorizer(
            lab: lab,
            authenticator: RequestAuthenticator(
                tokens: try TokenAuthenticator(verifiers: [InternalTokenVerifier(of: issuer, prefix: prefix)], now: now)
            ),
            authorizer: Authorizer(
                internalPrefix: prefix,
                provisioningEnabled: settings.current.configuration.provisioningEnabled
            ),
            logger: logger
        )
        self.secrets = secrets
        self.settings = settings
        self.configuration = configuration
        self.time = time
        self.logger = logger
    }

    /// The gRPC server of the controller.
    func server(
        hosts: [String],
        port: Int,
        identity: ServerIdentity,
        peers: any ListenerPeers = NoListenerPeers(),
        leader: any LeaderCalls = NoLeaderCalls(),
        onBound: @escaping @Sendable (Int) async -> Void
    ) throws -> ControllerServer {
        try ControllerServer(
            configuration: serverConfiguration(hosts: hosts, port: port),
            identity: identity,
            services: [routerLink] + providers(peers: peers, leader: leader),
            serviceNames: [
                "jumpstarter.v1.ControllerService", "jumpstarter.client.v1.ClientService",
                "jumpstarter.v1.TelemetryService",
            ],
            logger: logger,
            onBound: onBound
        )
    }

    /// Where routers report.
    private var routerLink: RouterLinkService {
        let time = time
        return RouterLinkService(
            fleet: fleet,
            standing: warden.standing,
            authority: secrets.linkAuthority,
            now: { time.now() }
        )
    }

    /// The services of the controller.
    func providers(
        peers: any ListenerPeers = NoListenerPeers(),
        leader: any LeaderCalls = NoLeaderCalls()
    ) -> [any RegistrableRPCService] {
        let settings = settings
        let dialer = Dialer(
            lab: lab,
            meeting: meeting,
            routers: fleet,
            peers: peers,
            tokens: secrets.routerAuthority,
            time: time,
            logger: logger
        )
        return [
            ControllerProvider(
                lab: lab,
                calls: calls,
                dialer: dialer,
                meeting: meeting,
                time: time,
                peers: peers,
                leader: leader,
                telemetry: settings.current.telemetryTargets,
                logger: logger
            ),
            ClientProvider(
                lab: lab,
                calls: calls,
                leader: leader,
                labels: settings.current.labels,
                maximumTags: settings.current.configuration.maximumTags,
                time: time,
                logger: logger
            ),
            TelemetryProvider(
                calls: calls,
                isEnabled: settings.current.configuration.telemetry.enabled,
                logger: logger
            ),
        ]
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
}
