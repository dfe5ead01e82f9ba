import Foundation
import GRPCCore
import Resources

/// The calls between replicas. They never leave the service and both ends are of one version or its neighbour, so JSON
/// with optional fields is enough of a schema.
enum ReplicaCall {
    static let service = ServiceDescriptor(fullyQualifiedService: "jumpstarter.internal.v1.ReplicaService")
    static let invite = MethodDescriptor(service: service, method: "Invite")
    static let takeOver = MethodDescriptor(service: service, method: "TakeOver")
    /// The metadata key of the credential.
    static let credentialKey = "jumpstarter-replica"
    /// The metadata key of the address that a call which is passed on came from.
    static let callerKey = "jumpstarter-caller"
}

struct ReplicaLease: Codable, Sendable {
    var namespace: String
    var name: String

    init(_ key: ObjectKey) {
        namespace = key.namespace
        name = key.name
    }

    var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
}

struct ReplicaInviteRequest: Codable, Sendable {
    var lease: ReplicaLease
    var invitation: MeetingPoint.Invitation
    var patienceMilliseconds: Int64
}

struct ReplicaInviteResponse: Codable, Sendable {
    var reception: MeetingPoint.Reception
}

struct ReplicaTakeOverResponse: Codable, Sendable {
    var invitations: [MeetingPoint.Invitation]
}
