package import Authentication
import Fleet
package import Foundation
import GRPCCore
package import Logging
package import Resources

/// Calls the other replicas. A call takes a connection of its own: only those Dials come here whose exporter listens
/// elsewhere, and there are few replicas.
package struct ReplicaClient: ListenerPeers {
    /// How long a call may take beyond the patience that it was given.
    private static let answerTime = Duration.seconds(2)

    private let peers: @Sendable () -> [ReplicaPeer]
    private let credential: ReplicaCredential
    private let now: @Sendable () -> Date
    private let logger: Logger

    /// - Parameter peers: The other replicas that live now.
    package init(
        peers: @escaping @Sendable () -> [ReplicaPeer],
        credential: ReplicaCredential,
        now: @escaping @Sendable () -> Date,
        logger: Logger
    ) {
        self.peers = peers
        self.credential = credential
        self.now = now
        self.logger = logger
    }

    package func invite(
        _ lease: ObjectKey,
        _ invitation: MeetingPoint.Invitation,
        patience: Duration
    ) async -> MeetingPoint.Reception {
        let milliseconds = patience.components.seconds * 1000 + patience.components.attoseconds / 1_000_000_000_000_000
        let request = ReplicaInviteRequest(
            lease: ReplicaLease(lease),
            invitation: invitation,
            patienceMilliseconds: milliseconds
        )
        return await withTaskGroup(of: MeetingPoint.Reception.self) { group in
            for peer in peers() {
                group.addTask {
                    let answer: ReplicaInviteResponse? = await call(peer, ReplicaCall.invite, request, patience)
                    return answer?.reception ?? .nobodyListens
                }
            }
            // The exporter listens at one of them; the others wait in vain.
            for await reception in group where reception != .nobodyListens {
                group.cancelAll()
                return reception
            }
            return .nobodyListens
        }
    }

    package func takeOver(_ lease: ObjectKey) async -> [MeetingPoint.Invitation] {
        await withTaskGroup(of: [MeetingPoint.Invitation].self) { group in
            for peer in peers() {
                group.addTask {
                    let answer: ReplicaTakeOverResponse? = await call(
                        peer,
                        ReplicaCall.takeOver,
                        ReplicaLease(lease),
                        .zero
                    )
                    return answer?.invitations ?? []
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Calls a replica; nil when it does not answer, which is told in the log: it may have died a moment ago.
    private func call<Request: Codable & Sendable, Response: Codable & Sendable>(
        _ peer: ReplicaPeer,
        _ method: MethodDescriptor,
        _ message: Request,
        _ patience: Duration
    ) async -> Response? {
        var options = CallOptions.defaults
        options.timeout = patience + Self.answerTime
        options.waitForReady = false
        let metadata: Metadata = [ReplicaCall.credentialKey: .string(credential.sign(now: now()))]
        do {
            return try await withGRPCClient(transport: peer.transport()) { client in
                try await client.unary(
                    request: ClientRequest(message: message, metadata: metadata),
                    descriptor: method,
                    serializer: JSONMessageSerializer<Request>(),
                    deserializer: JSONMessageDeserializer<Response>(),
                    options: options
                ) { @concurrent response in try response.message }
            }
        } catch {
            if Task.isCancelled { return nil }
            logger.warning(
                "another replica did not answer",
                metadata: ["replica": "\(peer.address)", "call": "\(method.method)", "error": "\(error)"]
            )
            return nil
        }
    }
}
