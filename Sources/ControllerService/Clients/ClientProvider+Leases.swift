package import GRPCCore
package import JumpstarterProtocol
import Leasing
import ObjectStore
import Reconciling
import Resources
package import SwiftProtobuf

extension ClientProvider {
    package func getLease(
        request: ServerRequest<Jumpstarter_Client_V1_GetLeaseRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_Client_V1_Lease> {
        let key = try ResourceName.parse(request.message.name, collection: "leases", field: "name")
        _ = try await client(request.metadata, context, in: key.namespace)
        return ServerResponse(message: .init(try await lab.lease(key), labels: labels, now: now))
    }

    package func listLeases(
        request: ServerRequest<Jumpstarter_Client_V1_ListLeasesRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_Client_V1_ListLeasesResponse> {
        let message = request.message
        let namespace = try ResourceName.parseParent(message.parent)
        _ = try await client(request.metadata, context, in: namespace)
        var wanted = try selector(message.filter, field: "filter")
        wanted.add(try tagSelector(message.tagFilter).overTags)
        if !message.hasOnlyActive || message.onlyActive { wanted.add(.activeLeases) }
        let options = try page(size: message.pageSize, token: message.pageToken, selector: wanted)
        let list = try await list(options) { try await lab.leases(namespace: namespace, options: $0) }
        let moment = now
        var response = Jumpstarter_Client_V1_ListLeasesResponse()
        response.leases = try list.items.map { try .init($0.decoded(as: Lease.self), labels: labels, now: moment) }
        response.nextPageToken = list.continueToken ?? ""
        return ServerResponse(message: response)
    }

    private func tagSelector(_ text: String) throws(ServiceError) -> Resources.LabelSelector {
        let tags = try selector(text, field: "tag_filter")
        let keys = Array(tags.matchLabels.keys) + tags.matchExpressions.map(\.key)
        for key in keys where key.contains("/") {
            throw .invalidArgument("tag_filter", "\"\(key)\" is no tag, because it contains a slash")
        }
        return tags
    }

    package func createLease(
        request: ServerRequest<Jumpstarter_Client_V1_CreateLeaseRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_Client_V1_Lease> {
        let namespace = try ResourceName.parseParent(request.message.parent)
        let client = try await client(request.metadata, context, in: namespace)
        var request = request
        // Chosen here, so that the lease is the same one whichever replica makes it in the end.
        if request.message.leaseID.isEmpty { request.message.leaseID = UUIDv7.make(at: time.now()) }
        let passed: PassedCall<Jumpstarter_Client_V1_Lease> = try await leader.pass(request, context)
        if case .answered(let lease) = passed {
            if !lease.hasEffectiveEndTime {
                await lab.catchUpWithDecision(on: ObjectKey(namespace: namespace, name: request.message.leaseID))
            }
            return ServerResponse(message: lease)
        }
        let draft = LeaseDraft(maximumTags: maximumTags, now: now)
        let lease = try draft.lease(from: request.message, for: client)
        do {
            return ServerResponse(message: .init(try await lab.create(lease), labels: labels, now: now))
        } catch LabError.alreadyExists(let message) {
            guard case .unanswered = passed, let made = try await madeByLeader(lease) else {
                throw LabError.alreadyExists(message)
            }
            return ServerResponse(message: .init(made, labels: labels, now: now))
        }
    }

    /// The lease that the leader made before it fell silent; nil when the one of that name is another.
    private func madeByLeader(_ wanted: Lease) async throws -> Lease? {
        let lease = try await lab.freshLease(wanted.key)
        let isWanted =
            lease.spec.clientRef == wanted.spec.clientRef && lease.spec.selector == wanted.spec.selector
            && lease.spec.exporterRef == wanted.spec.exporterRef
        return isWanted && !lease.status.ended && !lease.spec.release ? lease : nil
    }

    package func updateLease(
        request: ServerRequest<Jumpstarter_Client_V1_UpdateLeaseRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_Client_V1_Lease> {
        let key = try ResourceName.parse(request.message.lease.name, collection: "leases", field: "lease.name")
        let client = try await client(request.metadata, context, in: key.namespace)
        let passed: PassedCall<Jumpstarter_Client_V1_Lease> = try await leader.pass(request, context)
        if case .answered(let lease) = passed {
            _ = try await lab.freshLease(key)
            return ServerResponse(message: lease)
        }
        let change = try LeaseChange(request.message, namespace: key.namespace)
        if let heir = change.client, try await lab.client(heir) == nil {
            throw ServiceError(
                .notFound,
                "lease.client: client \"\(heir.name)\" does not exist in \"\(heir.namespace)\""
            )
        }
        let updated = try await lab.update(key) { lease in
            try lease.requireOwner(client)
            try change.apply(to: &lease)
        }
        return ServerResponse(message: .init(updated, labels: labels, now: now))
    }

    package func deleteLease(
        request: ServerRequest<Jumpstarter_Client_V1_DeleteLeaseRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Google_Protobuf_Empty> {
        let key = try ResourceName.parse(request.message.name, collection: "leases", field: "name")
        let client = try await client(request.metadata, context, in: key.namespace)
        let passed: PassedCall<Google_Protobuf_Empty> = try await leader.pass(request, context)
        if case .answered(let empty) = passed {
            await lab.catchUpWithEnd(of: key)
            return ServerResponse(message: empty)
        }
        try await lab.release(key) { lease in
            try lease.requireOwner(client)
            // The leader may have ended it before it fell silent.
            if case .unanswered = passed { return }
            if lease.status.ended || lease.spec.release {
                throw ServiceError(.failedPrecondition, "lease \"\(key.name)\" has ended already")
            }
        }
        return ServerResponse(message: .init())
    }
}

extension Lease {
    fileprivate func requireOwner(_ client: Client) throws(ServiceError) {
        if spec.clientRef.name == client.metadata.name { return }
        throw ServiceError(.permissionDenied, "permission denied: lease \"\(metadata.name)\" belongs to another client")
    }
}

extension Resources.LabelSelector {
    fileprivate static let activeLeases = Resources.LabelSelector(
        matchExpressions: [.init(key: Lease.Label.ended, operator: .notIn, values: ["true"])]
    )

    /// Requires what the other selector requires as well.
    fileprivate mutating func add(_ other: Resources.LabelSelector) {
        for (key, value) in other.matchLabels {
            matchExpressions.append(.init(key: key, operator: .in, values: [value]))
        }
        matchExpressions += other.matchExpressions
    }

    /// The same selector over the labels that hold a lease's tags.
    fileprivate var overTags: Resources.LabelSelector {
        let prefix = Lease.Label.tagPrefix
        var result = Resources.LabelSelector()
        for (key, value) in matchLabels { result.matchLabels[prefix + key] = value }
        result.matchExpressions = matchExpressions.map {
            .init(key: prefix + $0.key, operator: $0.operator, values: $0.values)
        }
        return result
    }
}
