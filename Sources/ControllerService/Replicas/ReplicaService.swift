import Fleet
package import GRPCCore

/// What a replica does for the others: takes invitations for exporters that listen here, and lets go of Listen streams
/// that have moved. Served behind a `ReplicaGate`.
package struct ReplicaService: RegistrableRPCService {
    private let meeting: MeetingPoint

    package init(meeting: MeetingPoint) { self.meeting = meeting }

    package func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        register(ReplicaCall.invite, with: &router) { (request: ReplicaInviteRequest) in
            let patience = Duration.milliseconds(min(max(request.patienceMilliseconds, 0), 10_000))
            return ReplicaInviteResponse(
                reception: await meeting.invite(request.lease.key, request.invitation, patience: patience)
            )
        }
        register(ReplicaCall.takeOver, with: &router) { (lease: ReplicaLease) in
            ReplicaTakeOverResponse(invitations: await meeting.relinquish(lease.key))
        }
    }

    private func register<Request: Codable & Sendable, Response: Codable & Sendable, Transport: ServerTransport>(
        _ method: MethodDescriptor,
        with router: inout RPCRouter<Transport>,
        _ answer: @escaping @Sendable (Request) async -> Response
    ) {
        router.registerHandler(
            forMethod: method,
            deserializer: JSONMessageDeserializer<Request>(),
            serializer: JSONMessageSerializer<Response>()
        ) { request, _ in
            let single = try await ServerRequest(stream: request)
            return StreamingServerResponse(single: ServerResponse(message: await answer(single.message)))
        }
    }
}
