package import GRPCCore
package import JumpstarterProtocol
import Leasing
import Reconciling
import Resources
package import SwiftProtobuf

package typealias SwiftProtobufEmpty = Google_Protobuf_Empty

extension ControllerProvider {
    package func dial(
        request: ServerRequest<Jumpstarter_V1_DialRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_V1_DialResponse> {
        let client = try await calls.client(request.metadata, context)
        let lease = try client.key.lease(named: request.message.leaseName)
        let dialer = dialer
        let peer = context.remotePeer
        // Nobody is invited for a client that has gone away while it waited.
        let (endpoint, token) = try await context.untilCancelled {
            try await dialer.dial(lease, by: client, from: peer)
        }
        var response = Jumpstarter_V1_DialResponse()
        response.routerEndpoint = endpoint
        response.routerToken = token
        return ServerResponse(message: response)
    }

    package func getLease(
        request: ServerRequest<Jumpstarter_V1_GetLeaseRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_V1_GetLeaseResponse> {
        let client = try await calls.client(request.metadata, context)
        let lease = try await lab.lease(client.key.lease(named: request.message.name, field: "name"))
        var response = Jumpstarter_V1_GetLeaseResponse()
        if let duration = lease.spec.duration ?? lease.impliedDuration { response.duration = .init(duration) }
        response.selector = .init(lease.spec.selector)
        if let begin = lease.status.beginTime ?? lease.spec.beginTime { response.beginTime = .init(begin) }
        if let end = lease.status.endTime ?? lease.spec.endTime { response.endTime = .init(end) }
        if let name = lease.status.exporterRef?.name,
            let exporter = try await lab.exporter(.init(namespace: lease.key.namespace, name: name)),
            let uid = exporter.metadata.uid
        {
            response.exporterUuid = uid
        }
        response.conditions = lease.status.conditions.map(Jumpstarter_V1_Condition.init)
        return ServerResponse(message: response)
    }

    package func requestLease(
        request: ServerRequest<Jumpstarter_V1_RequestLeaseRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_V1_RequestLeaseResponse> {
        let client = try await calls.client(request.metadata, context)
        let selector = try request.message.selector.labelSelector(field: "selector")
        if selector.isEmpty { throw ServiceError.invalidArgument("selector", "must not be empty") }
        let duration = try request.message.duration.goDuration(field: "duration")
        let term: LeaseTerm
        do {
            term = try LeaseTerm(beginTime: nil, duration: duration, endTime: nil, now: Timestamp(time.now()))
        } catch {
            throw ServiceError.invalidArgument(error.field, error.description)
        }
        let name = UUIDv7.make(at: time.now())
        let lease = Lease(
            metadata: ObjectMeta(name: name, namespace: client.key.namespace),
            spec: .init(clientRef: .init(name: client.metadata.name), duration: term.duration, selector: selector)
        )
        var response = Jumpstarter_V1_RequestLeaseResponse()
        response.name = try await lab.create(lease).metadata.name
        return ServerResponse(message: response)
    }

    package func listLeases(
        request: ServerRequest<Jumpstarter_V1_ListLeasesRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_V1_ListLeasesResponse> {
        let client = try await calls.client(request.metadata, context)
        var response = Jumpstarter_V1_ListLeasesResponse()
        response.names = try await lab.activeLeases(ofClient: client.key)
        return ServerResponse(message: response)
    }

    package func releaseLease(
        request: ServerRequest<Jumpstarter_V1_ReleaseLeaseRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_V1_ReleaseLeaseResponse> {
        let peer = try await calls.peer(request.metadata, context)
        let passed: PassedCall<Jumpstarter_V1_ReleaseLeaseResponse> = try await leader.pass(request, context)
        if case .answered(let response) = passed {
            let key = ObjectKey(namespace: peer.namespace, name: request.message.name)
            await lab.catchUpWithEnd(of: key)
            return ServerResponse(message: response)
        }
        switch peer {
        case .client(let client):
            let key = try client.key.lease(named: request.message.name, field: "name")
            try await lab.release(key) { lease in
                if lease.spec.clientRef.name == client.metadata.name { return }
                throw ServiceError(.permissionDenied, "permission denied: lease \(key.name) belongs to another client")
            }
        case .exporter(let exporter):
            try await release(request.message.name, heldBy: exporter)
        }
        return ServerResponse(message: .init())
    }

    /// An exporter takes NOT_FOUND for a transient fault and INVALID_ARGUMENT for an old server, so whatever it cannot
    /// release is FAILED_PRECONDITION.
    private func release(_ name: String, heldBy exporter: Exporter) async throws {
        let key = ObjectKey(namespace: exporter.key.namespace, name: name)
        let isHeld: Bool
        do {
            isHeld = try await lab.lease(key).status.exporterRef?.name == exporter.metadata.name
        } catch LabError.notFound {
            isHeld = false
        }
        guard isHeld else {
            throw ServiceError(
                .failedPrecondition,
                "lease \"\(name)\" is not held by exporter \(exporter.metadata.name)"
            )
        }
        try await lab.release(key)
    }
}
