package import GRPCCore
package import Logging

/// Turns whatever a handler throws into a gRPC status, also what it throws while it streams, and lets the log lines of
/// a call carry its peer.
package struct ErrorMappingInterceptor: ServerInterceptor {
    private let logger: Logger

    package init(logger: Logger) { self.logger = logger }

    package func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>,
        context: ServerContext,
        next:
            @Sendable @concurrent (StreamingServerRequest<Input>, ServerContext) async throws ->
            StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        do {
            // Set already for a call that another replica has passed on.
            let response = try await CallPeer.$address.withValue(CallPeer.address ?? context.remotePeer) {
                try await next(request, context)
            }
            return wrap(response, context)
        } catch {
            throw mapped(error, context)
        }
    }

    private func wrap<Output>(_ response: StreamingServerResponse<Output>, _ context: ServerContext)
        -> StreamingServerResponse<Output>
    {
        guard case .success(var contents) = response.accepted else { return response }
        let producer = contents.producer
        contents.producer = { writer in
            do {
                // Set anew: a producer does not run in the task that made it.
                return try await CallPeer.$address.withValue(context.remotePeer) { try await producer(writer) }
            } catch {
                throw mapped(error, context)
            }
        }
        return StreamingServerResponse(accepted: .success(contents))
    }

    private func mapped(_ error: any Error, _ context: ServerContext) -> RPCError {
        let status = RPCError(mapping: error)
        let isOurFault = status.code == .internalError || status.code == .unknown
        logger.log(
            level: isOurFault ? .error : .debug,
            "call failed",
            metadata: [
                "peer": "\(context.remotePeer)", "method": "\(context.descriptor.fullyQualifiedMethod)",
                "code": "\(status.code)", "reason": "\(status.message)",
            ]
        )
        return status
    }
}
