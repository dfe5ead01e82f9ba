package import Authentication
package import Fleet
import Foundation
import GRPCCore
package import Logging
package import Reconciling
package import Resources
import ServiceLifecycle

/// Connects a client to the exporter of its lease: waits until the exporter is ready, chooses a router, and hands both
/// sides the way there (spec/leases.md, "Dial and Listen").
package struct Dialer: Sendable {
    /// How long a Dial waits for the exporter to finish its lease set-up.
    private static let readinessPatience: TimeInterval = 30
    /// How long a Dial waits for the Listen stream of an exporter that says it is ready: its RPCs come on channels of
    /// their own and may overtake each other.
    private static let listenPatience: TimeInterval = 2

    private let lab: Lab
    private let meeting: MeetingPoint
    private let routers: RouterFleet
    private let peers: any ListenerPeers
    private let tokens: RouterTokenAuthority
    private let time: any TimeSource
    private let logger: Logger

    package init(
        lab: Lab,
        meeting: MeetingPoint,
        routers: RouterFleet,
        peers: any ListenerPeers = NoListenerPeers(),
        tokens: RouterTokenAuthority,
        time: any TimeSource,
        logger: Logger
    ) {
        self.lab = lab
        self.meeting = meeting
        self.routers = routers
        self.peers = peers
        self.tokens = tokens
        self.time = time
        self.logger = logger
    }

    /// Answers the router's endpoint and the client's token.
    /// - Parameter peer: The address that the client calls from, for the log.
    /// - Throws: `ServiceError` with the codes and words that the real client matches.
    package func dial(
        _ key: ObjectKey,
        by client: Client,
        from peer: String
    ) async throws -> (endpoint: String, token: String) {
        let (lease, exporterKey) = try await assignedLease(key, of: client)
        let exporter = try await readyExporter(of: lease, at: exporterKey)
        // While the exporter was waited for, the lease may have ended or gone to another client.
        _ = try Self.check(try await lab.lease(key), belongsTo: client)
        let streamID = UUID().uuidString.lowercased()
        guard let router = routers.choose(labels: exporter.metadata.labels, lease: key.name) else {
            throw ServiceError(.unavailable, "no router is configured or alive, or all are shutting down; try again")
        }
        let now = time.now()
        let invitation = MeetingPoint.Invitation(
            routerEndpoint: router.endpoint,
            routerToken: try sign(streamID, .exporter, lease, exporterKey, now),
            issuedAt: now
        )
        try await invite(key, invitation)
        var metadata: Logger.Metadata = [
            "peer": "\(peer)", "lease_id": "\(key.name)", "namespace": "\(key.namespace)",
            "client": "\(client.metadata.name)", "exporter": "\(exporterKey.name)", "stream": "\(streamID)",
            "router": "\(router.name)",
        ]
        if !lease.spec.context.isEmpty { metadata["context"] = .dictionary(lease.spec.context.mapValues { "\($0)" }) }
        logger.info("dialled", metadata: metadata)
        return (router.endpoint, try sign(streamID, .client, lease, exporterKey, now))
    }

    /// A token that one side of the tunnel can use once.
    private func sign(
        _ streamID: String,
        _ side: RouterToken.Side,
        _ lease: Lease,
        _ exporter: ObjectKey,
        _ now: Date
    ) throws -> String {
        try tokens.sign(
            streamID: streamID,
            side: side,
            lease: "\(lease.key.namespace)/\(lease.key.name)",
            leaseUID: lease.metadata.uid,
            client: lease.spec.clientRef.name,
            exporter: exporter.name,
            now: now
        )
    }

    /// The lease and its exporter. Another replica may have assigned it a moment ago, so a refusal is given only by what
    /// the store says.
    private func assignedLease(_ key: ObjectKey, of client: Client) async throws -> (Lease, ObjectKey) {
        let known = try await lab.lease(key)
        if let exporter = try? Self.check(known, belongsTo: client) { return (known, exporter) }
        let lease = try await lab.freshLease(key)
        return (lease, try Self.check(lease, belongsTo: client))
    }

    private static func check(_ lease: Lease, belongsTo client: Client) throws(ServiceError) -> ObjectKey {
        let name = lease.metadata.name
        guard lease.spec.clientRef.name == client.metadata.name else {
            throw ServiceError(.permissionDenied, "permission denied: lease \(name) belongs to another client")
        }
        if lease.status.ended {
            let why = lease.status.conditions[type: Lease.ConditionType.ready]?.message ?? "it is over"
            throw ServiceError(.failedPrecondition, "lease \(name) has ended: \(why)")
        }
        guard let exporter = lease.status.exporterRef?.name else {
            let why = lease.status.conditions[type: Lease.ConditionType.pending]?.message ?? "it waits for an exporter"
            throw ServiceError(.failedPrecondition, "lease \(name) is not ready: \(why)")
        }
        return ObjectKey(namespace: lease.key.namespace, name: exporter)
    }

    private func readyExporter(of lease: Lease, at key: ObjectKey) async throws -> Exporter {
        if let exporter = try await lab.exporter(key), DialReadiness(lease: lease, exporter: exporter) == .ready {
            return exporter
        }
        if case .refused = DialReadiness(lease: lease, exporter: try await lab.exporter(key)) {
            // Perhaps only the news of the claim has not come here yet.
            try await lab.freshen(exporter: key)
        }
        let lab = lab
        let ready: Exporter? = try await within(Self.readinessPatience) {
            try await lab.withExporterChanges(of: key) { changes -> Exporter in
                for await exporter in changes {
                    switch DialReadiness(lease: lease, exporter: exporter) {
                    case .ready: if let exporter { return exporter }
                    case .wait: continue
                    case .refused(let error): throw error
                    }
                }
                // The changes have no end of their own: the service is stopping.
                throw CancellationError()
            }
        }
        if let ready { return ready }
        throw ServiceError(.failedPrecondition, "exporter \(key.name) is not ready: it still prepares the lease")
    }

    private func invite(_ lease: ObjectKey, _ invitation: MeetingPoint.Invitation) async throws {
        var reception = await meeting.invite(lease, invitation)
        if case .nobodyListens = reception {
            let found = try await within(Self.listenPatience) { await self.inviteAnywhere(lease, invitation) }
            reception = found ?? .nobodyListens
        }
        switch reception {
        case .accepted: return
        case .nobodyListens:
            throw ServiceError(.unavailable, "the exporter does not listen for lease \(lease.name) yet; try again")
        case .full:
            throw ServiceError(
                .resourceExhausted,
                "\(MeetingPoint.queueLimit) connections of lease \(lease.name) wait for its exporter already; try again"
            )
        }
    }

    /// Invites the exporter as soon as it listens here, or at another replica.
    private func inviteAnywhere(
        _ lease: ObjectKey,
        _ invitation: MeetingPoint.Invitation
    ) async -> MeetingPoint.Reception {
        await withTaskGroup(of: MeetingPoint.Reception.self) { group in
            group.addTask {
                await meeting.listenerArrives(for: lease)
                return Task.isCancelled ? .nobodyListens : await meeting.invite(lease, invitation)
            }
            group.addTask {
                await peers.invite(lease, invitation, patience: .seconds(Self.listenPatience))
            }
            for await reception in group where reception != .nobodyListens {
                group.cancelAll()
                return reception
            }
            return .nobodyListens
        }
    }

    /// Runs an operation for at most that many seconds; nil when they are over. A server that shuts down does not wait.
    /// - Throws: what the operation throws; `CancellationError` at shutdown.
    private func within<Result: Sendable>(
        _ seconds: TimeInterval,
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result? {
        let time = time
        let deadline = time.now().addingTimeInterval(seconds)
        return try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Result?.self) { group in
                group.addTask { try await operation() }
                group.addTask {
                    try await time.sleep(until: deadline)
                    return nil
                }
                defer { group.cancelAll() }
                let result = try await group.next() ?? nil
                try Task.checkCancellation()
                return result
            }
        }
    }
}
