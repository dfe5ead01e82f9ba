import GRPCCore
import JumpstarterProtocol
import Leasing
import Resources
import SwiftProtobuf

/// Makes a lease of a CreateLease request, or says what is wrong with it (spec/leases.md).
struct LeaseDraft {
    let maximumTags: Int
    let now: Timestamp

    func lease(
        from request: Jumpstarter_Client_V1_CreateLeaseRequest,
        for client: Client
    ) throws -> Lease {
        guard request.hasLease else { throw ServiceError.invalidArgument("lease", "is required") }
        let message = request.lease
        let name = try name(request.leaseID)
        let selector = try selector(message)
        let term = try term(message)
        try check(message, for: client)
        return Lease(
            metadata: ObjectMeta(name: name, namespace: client.key.namespace),
            spec: .init(
                clientRef: .init(name: client.metadata.name),
                duration: term.duration,
                selector: selector,
                exporterRef: message.exporterName.isEmpty ? nil : .init(name: message.exporterName),
                tags: message.tags,
                context: message.context,
                allowDisabled: message.allowDisabled,
                beginTime: term.beginTime,
                endTime: term.endTime
            )
        )
    }

    private func name(_ requested: String) throws(ServiceError) -> String {
        if let problem = LabelSyntax.problem(withSubdomain: requested) {
            throw .invalidArgument("lease_id", "\"\(requested.prefix(300))\" \(problem)")
        }
        return requested
    }

    private func selector(_ message: Jumpstarter_Client_V1_Lease) throws(ServiceError) -> LabelSelector {
        let selector: LabelSelector
        do {
            selector = try LabelSelector(parsing: message.selector)
        } catch {
            throw .invalidArgument("lease.selector", error.description)
        }
        if selector.isEmpty && message.exporterName.isEmpty {
            throw .invalidArgument("lease.selector", "one of selector and exporter_name is required")
        }
        return selector
    }

    private func term(_ message: Jumpstarter_Client_V1_Lease) throws(ServiceError) -> LeaseTerm {
        let duration = message.hasDuration ? try message.duration.goDuration(field: "lease.duration") : nil
        let begin = message.hasBeginTime ? try message.beginTime.timestamp(field: "lease.begin_time") : nil
        let end = message.hasEndTime ? try message.endTime.timestamp(field: "lease.end_time") : nil
        do {
            return try LeaseTerm(beginTime: begin, duration: duration, endTime: end, now: now)
        } catch {
            throw .invalidArgument("lease.\(error.field)", error.description)
        }
    }

    private func check(_ message: Jumpstarter_Client_V1_Lease, for client: Client) throws(ServiceError) {
        if !message.exporterName.isEmpty, let problem = LabelSyntax.problem(withSubdomain: message.exporterName) {
            throw .invalidArgument("lease.exporter_name", "\"\(message.exporterName.prefix(300))\" \(problem)")
        }
        if message.allowDisabled && message.exporterName.isEmpty {
            throw .invalidArgument("lease.allow_disabled", "may be set only together with exporter_name")
        }
        if message.hasClient, !message.client.isEmpty,
            message.client != ResourceName.format(client.key, collection: "clients")
        {
            throw ServiceError(.permissionDenied, "lease.client: a lease can be created only for the calling client")
        }
        if message.tags.count > maximumTags {
            throw .invalidArgument(
                "lease.tags",
                "\(message.tags.count) tags are given, at most \(maximumTags) are allowed"
            )
        }
        for (key, value) in message.tags.sorted(by: { $0.key < $1.key }) {
            if let problem = LeaseTag.problem(withKey: key) ?? LabelSyntax.problem(withValue: value) {
                throw .invalidArgument("lease.tags[\(key.prefix(64))]", problem)
            }
        }
        if let problem = LeaseContext.problems(message.context, at: "lease.context").first {
            throw ServiceError(.invalidArgument, problem.description)
        }
    }
}
