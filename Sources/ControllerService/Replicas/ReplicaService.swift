package import Authentication
package import Foundation
package import GRPCCore

/// What a replica does for the others: takes invitations for exporters that listen here, and lets go of Listen streams
/// that have moved.
package struct ReplicaService: RegistrableRPCService {
    private let meeting: MeetingPoint
    private let credential: ReplicaCredential
    private let now: @Sendable () -> Date

    package init(meeting: MeetingPoint, credential: ReplicaCredential, now: @escaping @Sendable () -> Date) {
        self.meeting = meeting
        self.credential = credential
        self.now = now
    }

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
        let credential = credential
        let now = now
        router.registerHandler(
            forMethod: method,
            deserializer: JSONMessageDeserializer<Request>(),
            serializer: JSONMessageSerializer<Response>()
        ) { request, _ in
            let shown = Array(request.metadata[stringValues: ReplicaCall.credentialKey])
            guard shown.count == 1, credential.accepts(shown[0], now: now()) else {
                throw RPCError(code: .unauthenticated, message: "this port is for replicas of the controller")
            }
            let single = try await ServerRequest(stream: request)
            return StreamingServerResponse(single: ServerResponse(message: await answer(single.message)))
        }
    }
}
