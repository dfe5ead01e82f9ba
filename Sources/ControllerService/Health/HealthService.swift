package import GRPCCore
package import JumpstarterProtocol

/// `grpc.health.v1.Health`, open to anybody: tells of a ``HealthRegistry``.
package struct HealthService: Grpc_Health_V1_Health.SimpleServiceProtocol {
    private let registry: HealthRegistry

    package init(registry: HealthRegistry) {
        self.registry = registry
    }

    /// The status now. NOT_FOUND for a service that was never set.
    package func check(
        request: Grpc_Health_V1_HealthCheckRequest,
        context: ServerContext
    ) async throws -> Grpc_Health_V1_HealthCheckResponse {
        guard let status = registry.status(of: request.service) else {
            throw RPCError(
                code: .notFound,
                message: """
                    no service '\(request.service)' is known here; known are \
                    \(registry.statuses.keys.sorted().map { "'\($0)'" }.joined(separator: ", "))
                    """
            )
        }
        return Grpc_Health_V1_HealthCheckResponse(status)
    }

    /// The statuses of all services.
    package func list(
        request: Grpc_Health_V1_HealthListRequest,
        context: ServerContext
    ) async throws -> Grpc_Health_V1_HealthListResponse {
        var response = Grpc_Health_V1_HealthListResponse()
        response.statuses = registry.statuses.mapValues(Grpc_Health_V1_HealthCheckResponse.init)
        return response
    }

    /// The status now, then each change, until the caller has enough or the server shuts down (UNAVAILABLE).
    /// A service that was never set is SERVICE_UNKNOWN until it is.
    package func watch(
        request: Grpc_Health_V1_HealthCheckRequest,
        response: RPCWriter<Grpc_Health_V1_HealthCheckResponse>,
        context: ServerContext
    ) async throws {
        let (id, statuses) = registry.watch(request.service)
        defer { registry.endWatch(id) }
        // The caller's going away does not cancel this task; it ends the sequence.
        try await withRPCCancellationHandler {
            var last: Grpc_Health_V1_HealthCheckResponse?
            for await status in statuses {
                let next = Grpc_Health_V1_HealthCheckResponse(status)
                guard next != last else { continue }
                try await response.write(next)
                last = next
            }
        } onCancelRPC: {
            registry.endWatch(id)
        }
        throw RPCError(code: .unavailable, message: "the server is shutting down; watch again elsewhere or later")
    }
}
