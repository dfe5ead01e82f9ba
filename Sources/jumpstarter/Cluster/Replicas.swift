import Authentication
import ControllerService
import Foundation
import GRPCCore
import KubernetesStore
import Logging
import ObjectStore
import ServiceLifecycle
import Transport

/// This replica among the others: it makes itself known, and takes and makes the calls between replicas.
struct Replicas {
    let services: [any Service]
    let client: ReplicaClient
    /// The way to the replica that leads.
    let leader: LeaderLink

    /// - Parameters:
    ///   - address: Where the others reach this replica.
    ///   - port: 0 picks a free one.
    ///   - otherLeader: The id of the replica that leads, when that is another.
    ///   - passedOn: Serve here what other replicas pass on to this one.
    /// - Throws: `TransportError`.
    init(
        store: any ObjectStore,
        namespace: String,
        identity: String,
        address: String,
        hosts: [String],
        port: Int,
        credential: ReplicaCredential,
        meeting: MeetingPoint,
        otherLeader: @escaping @Sendable () -> String?,
        passedOn: [any RegistrableRPCService],
        logger: Logger
    ) throws {
        let now: @Sendable () -> Date = { Date() }
        // An authority of this life of this replica alone: whoever trusts it trusts nobody else.
        let authority = try CertificateAuthority.create(now: now())
        let shown = try authority.issue(server: [ServerName(address)], now: now())
        let membership = Membership(
            store: store,
            namespace: namespace,
            identity: identity,
            address: address,
            certificatePEM: authority.certificatePEM,
            logger: logger
        )
        let server = try ControllerServer(
            configuration: ControllerServerConfiguration(hosts: hosts, port: port),
            identity: shown,
            services: [ReplicaService(meeting: meeting)] + passedOn,
            serviceNames: [],
            interceptors: [ReplicaGate(credential: credential, now: now)],
            logger: logger
        ) { port in membership.begin(port: port) }
        client = ReplicaClient(
            peers: { membership.peers },
            credential: credential,
            now: now,
            logger: logger
        )
        leader = LeaderLink(
            leader: { otherLeader().flatMap(membership.peer) },
            credential: credential,
            now: now,
            logger: logger
        )
        services = [membership, leader, server]
    }
}
