package import GRPCCore
package import SwiftProtobuf

/// The replica that decides, as the others see it: a call that makes, changes or ends a lease is passed on to it, so
/// that a lease costs the same writes wherever its client is connected (docs/design/replicas.md).
package protocol LeaderCalls: Sendable {
    /// Lets the leader serve a call.
    /// - Parameter request: Goes there as it came, with the caller's own token.
    /// - Throws: `RPCError`, what the leader refused the call with.
    func pass<Request: Message, Response: Message>(
        _ request: ServerRequest<Request>,
        _ context: ServerContext
    ) async throws -> PassedCall<Response>
}

/// What became of a call that was to be passed on.
package enum PassedCall<Response: Sendable>: Sendable {
    /// It is for this replica: it leads, or knows of no leader.
    case ours
    /// The leader has served it.
    case answered(Response)
    /// The leader gave no answer. It may have served the call or not; whoever serves it now must allow for both.
    case unanswered
}

/// For a replica that serves every call by itself.
package struct NoLeaderCalls: LeaderCalls {
    package init() {}

    package func pass<Request: Message, Response: Message>(
        _ request: ServerRequest<Request>,
        _ context: ServerContext
    ) async throws -> PassedCall<Response> { .ours }
}
