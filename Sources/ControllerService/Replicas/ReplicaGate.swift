package import Authentication
package import Foundation
package import GRPCCore

/// Keeps everybody but replicas of the controller off the port that they call each other at. A call that one passes on
/// for a client or exporter carries that caller's token as well, and is authorized by it like any other.
package struct ReplicaGate: ServerInterceptor {
    /// Marks a refusal as the gate's, not the call's.
    static let refusalKey = "jumpstarter-replica-refused"

    private let credential: ReplicaCredential
    private let now: @Sendable () -> Date

    package init(credential: ReplicaCredential, now: @escaping @Sendable () -> Date) {
        self.credential = credential
        self.now = now
    }

    package func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>,
        context: ServerContext,
        next:
            @Sendable @concurrent (StreamingServerRequest<Input>, ServerContext) async throws ->
            StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        let shown = Array(request.metadata[stringValues: ReplicaCall.credentialKey])
        guard shown.count == 1, credential.accepts(shown[0], now: now()) else {
            throw RPCError(
                code: .unauthenticated,
                message: "this port is for replicas of the controller",
                metadata: [Self.refusalKey: "1"]
            )
        }
        let caller = request.metadata[stringValues: ReplicaCall.callerKey].first { _ in true }
        return try await CallPeer.$address.withValue(caller ?? context.remotePeer) {
            try await next(request, context)
        }
    }
}
