package import Authentication
package import Foundation
package import GRPCCore
import ServiceLifecycle

/// Takes the reports of routers, and gives them orders; on the controller's public port, for whoever has `ROUTER_KEY`.
package struct RouterLinkService: RegistrableRPCService {
    /// The longest endpoint or name, in bytes.
    private static let longestName = 512

    private let fleet: RouterFleet
    private let standing: @Sendable (TunnelOwner) async -> LeaseStanding
    private let authority: RouterLinkAuthority
    private let now: @Sendable () -> Date

    /// - Parameter standing: Whether the tunnels of a client in a lease may go on.
    package init(
        fleet: RouterFleet,
        standing: @escaping @Sendable (TunnelOwner) async -> LeaseStanding,
        authority: RouterLinkAuthority,
        now: @escaping @Sendable () -> Date
    ) {
        self.fleet = fleet
        self.standing = standing
        self.authority = authority
        self.now = now
    }

    package func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: RouterLinkCall.link,
            deserializer: JSONMessageDeserializer<RouterMessage>(),
            serializer: JSONMessageSerializer<ControllerMessage>()
        ) { request, _ in
            let endpoint = try authenticate(request.metadata)
            return StreamingServerResponse { writer in
                try await cancelWhenGracefulShutdown { try await serve(request.messages, endpoint, writer) }
                return [:]
            }
        }
    }

    /// The endpoint of the router that calls.
    private func authenticate(_ metadata: Metadata) throws -> String {
        do {
            let token = try BearerToken { Array(metadata[stringValues: $0]) }
            return try authority.verify(token, now: now())
        } catch {
            throw RPCError(code: .unauthenticated, message: "this call is for routers that have ROUTER_KEY: \(error)")
        }
    }

    private func serve(
        _ messages: RPCAsyncSequence<RouterMessage, any Error>,
        _ endpoint: String,
        _ writer: RPCWriter<ControllerMessage>
    ) async throws {
        var incoming = messages.makeAsyncIterator()
        guard let hello = try await incoming.next()?.hello, Self.isAcceptable(hello), hello.endpoint == endpoint else {
            throw RPCError(code: .invalidArgument, message: "expected a hello of the router that the token names")
        }
        guard let call = fleet.begin(hello) else {
            throw RPCError(code: .resourceExhausted, message: "there are \(FleetState.limit) routers already")
        }
        defer { fleet.end(call, endpoint: endpoint) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await message in call.messages { try await writer.write(message) }
                throw RPCError(code: .unavailable, message: "too many orders wait; call again")
            }
            defer { group.cancelAll() }
            while let message = try await incoming.next() {
                if let report = message.report { await fleet.take(report, of: call, standing: standing) }
            }
        }
    }

    private static func isAcceptable(_ hello: RouterHello) -> Bool {
        let texts = [hello.endpoint, hello.name ?? ""] + (hello.labels ?? [:]).flatMap { [$0.key, $0.value] }
        return !hello.endpoint.isEmpty && hello.capacity > 0 && texts.count <= 256
            && texts.allSatisfy { $0.utf8.count <= longestName }
    }
}
