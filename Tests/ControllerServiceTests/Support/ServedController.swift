import ControllerService
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import ServiceLifecycle
import Testing
import Transport

/// Runs a controller as the program does, over TLS, in a group of services, while the body runs.
func withServedController(
    _ body: @escaping @Sendable (TestController, ServiceGroup) async throws -> Void
) async throws {
    try await withControllerFixture { fixture in
        let authority = try CertificateAuthority.create(now: Date())
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let server = try ControllerServer(
            configuration: ControllerServerConfiguration(hosts: ["127.0.0.1"], port: 0),
            identity: authority.issue(server: [ServerName("localhost")], now: Date()),
            services: fixture.services(),
            serviceNames: ["jumpstarter.v1.ControllerService", "jumpstarter.client.v1.ClientService"],
            logger: fixture.logger
        ) { bound.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: fixture.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            let transport = try HTTP2ClientTransport.Posix(
                target: .ipv4(address: "127.0.0.1", port: port),
                transportSecurity: .tls { tls in
                    tls.trustRoots = .certificates([.bytes(Array(authority.certificatePEM.utf8), format: .pem)])
                },
                config: .defaults { $0.http2.authority = "localhost" }
            )
            try await withGRPCClient(transport: transport) { connection in
                try await body(TestController(fixture: fixture, connection: connection), group)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
