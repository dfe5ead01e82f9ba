import ControllerService
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import JumpstarterProtocol
import ServiceLifecycle
import SwiftProtobuf
import Testing
import Transport

@Suite("A controller that shuts down", .timeLimit(.minutes(3)))
struct ShutdownTests {
    /// Runs a controller as the program does, over TLS, in a group of services.
    private func withServer(
        _ body: @escaping @Sendable (TestController, ServiceGroup) async throws -> Void
    ) async throws {
        try await withControllerFixture { fixture in
            let authority = try CertificateAuthority.create(now: Date())
            let (ports, bound) = AsyncStream.makeStream(of: Int.self)
            let server = try ControllerServer(
                configuration: ControllerServerConfiguration(host: "127.0.0.1", port: 0),
                identity: authority.issue(server: [ServerName("localhost")], now: Date()),
                services: fixture.services,
                serviceNames: ["jumpstarter.v1.ControllerService"],
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
                        let certificate = Array(authority.certificatePEM.utf8)
                        tls.trustRoots = .certificates([.bytes(certificate, format: .pem)])
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

    @Test("open Status and Listen streams end with UNAVAILABLE, and the server is gone")
    func streams() async throws {
        try await withServer { controller, group in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            try await controller.report(.leaseReady, by: board)
            try await controller.watchingStatus(of: board) { status in
                #expect(try await status.next()?.leaseName == "mine")
                try await controller.listening(for: "mine", as: board) { listen in
                    _ = try await controller.dial("mine", as: alice)
                    #expect(try await listen.next() != nil)
                    await group.triggerGracefulShutdown()
                    await expectRefusal(.unavailable) { try await listen.next() }
                }
                await expectRefusal(.unavailable) { try await status.next() }
            }
        }
    }

    @Test("a Dial that waits for its exporter ends with UNAVAILABLE, to be tried again")
    func waitingDial() async throws {
        try await withServer { controller, group in
            let alice = try await controller.addClient()
            _ = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            async let refused: Void = expectRefusal(.unavailable) { try await controller.dial("mine", as: alice) }
            await controller.time.someoneSleeps(forSeconds: 30)
            await group.triggerGracefulShutdown()
            await refused
        }
    }
}
