import GRPCCore
import GRPCNIOTransportHTTP2

/// Serves over HTTP/2 without TLS on a free loopback port while the body runs, and hands it a client.
func withLoopbackServer<Result: Sendable>(
    _ services: [any RegistrableRPCService],
    interceptors: [any ServerInterceptor] = [],
    _ body: (GRPCClient<HTTP2ClientTransport.Posix>) async throws -> Result
) async throws -> Result {
    let server = HTTP2ServerTransport.Posix(address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext)
    return try await withGRPCServer(transport: server, services: services, interceptors: interceptors) { server in
        guard let port = try await server.listeningAddress?.ipv4?.port else {
            throw RPCError(code: .internalError, message: "the server listens on no IPv4 port")
        }
        let client = try HTTP2ClientTransport.Posix(
            target: .ipv4(address: "127.0.0.1", port: port),
            transportSecurity: .plaintext
        )
        return try await withGRPCClient(transport: client) { client in
            try await body(client)
        }
    }
}
