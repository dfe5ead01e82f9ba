import GRPCCore
import JumpstarterProtocol
import Leasing
import Resources
import SwiftProtobuf

/// What an UpdateLease request asks for.
struct LeaseChange: Sendable {
    /// Paths that an update mask may name.
    private static let paths = ["duration", "begin_time", "end_time", "client"]

    private(set) var term = LeaseTerm.Change()
    /// The client that the lease is handed to.
    private(set) var client: ObjectKey?

    /// - Throws: `ServiceError`, `ResourceName.Problem`.
    init(_ request: Jumpstarter_Client_V1_UpdateLeaseRequest, namespace: String) throws {
        let message = request.lease
        for path in try Self.mask(request) {
            switch path {
            case "duration":
                guard message.hasDuration else { throw ServiceError.invalidArgument("lease.duration", "is required") }
                term.duration = try message.duration.goDuration(field: "lease.duration")
            case "begin_time":
                guard message.hasBeginTime else {
                    throw ServiceError.invalidArgument("lease.begin_time", "is required, a beginning cannot be removed")
                }
                term.beginTime = try message.beginTime.timestamp(field: "lease.begin_time")
            case "end_time":
                guard message.hasEndTime else {
                    throw ServiceError.invalidArgument("lease.end_time", "is required, an end cannot be removed")
                }
                term.endTime = try message.endTime.timestamp(field: "lease.end_time")
            default:
                client = try Self.heir(message.client, namespace: namespace)
            }
        }
    }

    /// Changes the lease.
    /// - Throws: `ServiceError`.
    func apply(to lease: inout Lease) throws {
        let name = lease.metadata.name
        if lease.status.ended || lease.spec.release {
            throw ServiceError(.failedPrecondition, "lease \"\(name)\" has ended and cannot be changed")
        }
        if term.beginTime != nil && lease.status.exporterRef != nil {
            throw ServiceError(
                .failedPrecondition,
                "lease.begin_time: lease \"\(name)\" has begun; only its duration and end_time can be changed"
            )
        }
        if !term.isEmpty {
            do {
                let changed = try LeaseTerm.changed(lease, by: term)
                lease.spec.beginTime = changed.beginTime
                lease.spec.duration = changed.duration
                lease.spec.endTime = changed.endTime
            } catch {
                throw ServiceError.invalidArgument("lease.\(error.field)", error.description)
            }
        }
        if let client { lease.spec.clientRef = LocalObjectReference(name: client.name) }
    }

    /// The paths to change: those of the mask, or without one every field that is set (AIP-134).
    private static func mask(_ request: Jumpstarter_Client_V1_UpdateLeaseRequest) throws -> [String] {
        let message = request.lease
        let named = request.updateMask.paths
        if named.isEmpty || named == ["*"] {
            let present = [message.hasDuration, message.hasBeginTime, message.hasEndTime, !message.client.isEmpty]
            let set = zip(paths, present).filter(\.1).map(\.0)
            if set.isEmpty { throw ServiceError.invalidArgument("update_mask", "names nothing to change; \(accepted)") }
            return set
        }
        for path in named where !paths.contains(path) {
            throw ServiceError.invalidArgument("update_mask", "\"\(path.prefix(64))\" cannot be changed; \(accepted)")
        }
        return named
    }

    private static var accepted: String { "expected one or more of \(paths.joined(separator: ", "))" }

    private static func heir(_ name: String, namespace: String) throws -> ObjectKey {
        let key = try ResourceName.parse(name, collection: "clients", field: "lease.client")
        guard key.namespace == namespace else {
            throw ServiceError.invalidArgument(
                "lease.client",
                "client \"\(key.name)\" is of namespace \"\(key.namespace)\"; "
                    + "a lease can be handed only to a client of \"\(namespace)\""
            )
        }
        return key
    }
}
