import ControllerService
import GRPCCore
import GRPCNIOTransportHTTP2
import JumpstarterProtocol
import Testing

@Suite("Health over gRPC", .timeLimit(.minutes(1)))
struct HealthTests {
    typealias Client = Grpc_Health_V1_Health.Client<HTTP2ClientTransport.Posix>

    @Test("Check tells the status, and NOT_FOUND for a service nobody knows")
    func check() async throws {
        try await serving(["": .serving, "a.B": .notServing, "a.C": .unknown]) { client, _ in
            try await client.expect(.serving, of: "")
            try await client.expect(.notServing, of: "a.B")
            try await client.expect(.unknown, of: "a.C")
            let error = await #expect(throws: RPCError.self) {
                try await client.check(.service("a.D"))
            }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("'a.D'") == true)
            #expect(error?.message.contains("'a.B'") == true)
        }
    }

    @Test("List tells all statuses")
    func list() async throws {
        try await serving(["": .serving, "a.B": .notServing]) { client, _ in
            let statuses = try await client.list(Grpc_Health_V1_HealthListRequest()).statuses
            #expect(statuses.mapValues(\.status) == ["": .serving, "a.B": .notServing])
        }
    }

    @Test("Watch tells changes as they come, and SERVICE_UNKNOWN before the first")
    func watch() async throws {
        try await serving([:]) { client, registry in
            try await client.watch(.service("a.B")) { response in
                var messages = response.messages.makeAsyncIterator()
                let first = try await messages.next()
                #expect(first?.status == .serviceUnknown)
                registry.set(.serving, for: "a.B")
                let second = try await messages.next()
                #expect(second?.status == .serving)
                registry.drain()
                let third = try await messages.next()
                #expect(third?.status == .notServing)
            }
        }
    }

    @Test("a Watch whose caller went away is forgotten")
    func cancelledWatch() async throws {
        let registry = HealthRegistry()
        let service = ForgettingHealthService(HealthService(registry: registry))
        try await withLoopbackServer([service]) { client in
            let client = Client(wrapping: client)
            try await client.watch(.service("a.B")) { response in
                var messages = response.messages.makeAsyncIterator()
                let first = try await messages.next()
                #expect(first?.status == .serviceUnknown)
                #expect(registry.watchCount == 1)
            }
            // Leaving the closure cancels the call; the handler's end is the event to wait for.
            var ended = service.ended.makeAsyncIterator()
            await ended.next()
            #expect(registry.watchCount == 0)
        }
    }

    private func serving(
        _ statuses: [String: HealthStatus],
        _ body: (Client, HealthRegistry) async throws -> Void
    ) async throws {
        let registry = HealthRegistry(statuses)
        try await withLoopbackServer([HealthService(registry: registry)]) { client in
            try await body(Client(wrapping: client), registry)
        }
    }
}

/// Tells when a Watch has ended on the server's side.
private struct ForgettingHealthService: Grpc_Health_V1_Health.SimpleServiceProtocol {
    let ended: AsyncStream<Void>
    private let service: HealthService
    private let end: AsyncStream<Void>.Continuation

    init(_ service: HealthService) {
        self.service = service
        (ended, end) = AsyncStream.makeStream()
    }

    func check(
        request: Grpc_Health_V1_HealthCheckRequest,
        context: ServerContext
    ) async throws -> Grpc_Health_V1_HealthCheckResponse {
        try await service.check(request: request, context: context)
    }

    func list(
        request: Grpc_Health_V1_HealthListRequest,
        context: ServerContext
    ) async throws -> Grpc_Health_V1_HealthListResponse {
        try await service.list(request: request, context: context)
    }

    func watch(
        request: Grpc_Health_V1_HealthCheckRequest,
        response: RPCWriter<Grpc_Health_V1_HealthCheckResponse>,
        context: ServerContext
    ) async throws {
        defer { end.yield() }
        try await service.watch(request: request, response: response, context: context)
    }
}

extension Grpc_Health_V1_Health.Client {
    fileprivate func expect(
        _ status: Grpc_Health_V1_HealthCheckResponse.ServingStatus,
        of service: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let response = try await check(.service(service))
        #expect(response.status == status, sourceLocation: sourceLocation)
    }
}

extension Grpc_Health_V1_HealthCheckRequest {
    fileprivate static func service(_ name: String) -> Self {
        var request = Self()
        request.service = name
        return request
    }
}
