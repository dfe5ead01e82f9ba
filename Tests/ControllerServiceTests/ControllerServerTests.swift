import GRPCCore
import GRPCNIOTransportHTTP2
import JumpstarterProtocol
import SwiftProtobuf
import Testing

@Suite("The controller's server", .timeLimit(.minutes(3)))
struct ControllerServerTests {
    @Test("health and reflection are served beside it, to anybody")
    func besides() async throws {
        try await withServedController { controller, _ in
            let health = Grpc_Health_V1_Health.Client(wrapping: controller.connection)
            for name in ["", "jumpstarter.v1.ControllerService", "jumpstarter.client.v1.ClientService"] {
                let status = try await health.check(.with { $0.service = name }).status
                #expect(status == .serving)
            }
            let reflection = Grpc_Reflection_V1_ServerReflection.Client(wrapping: controller.connection)
            let names = try await reflection.serverReflectionInfo { writer in
                try await writer.write(.with { $0.listServices = "*" })
            } onResponse: { response in
                var names: [String] = []
                for try await message in response.messages {
                    names += message.listServicesResponse.service.map(\.name)
                }
                return names
            }
            #expect(
                Set(names) == [
                    "jumpstarter.v1.ControllerService", "jumpstarter.client.v1.ClientService", "grpc.health.v1.Health",
                    "grpc.reflection.v1.ServerReflection",
                ]
            )
        }
    }

    @Test("a request over 4 MiB is refused without effect, and the connection lives on")
    func tooLarge() async throws {
        try await withServedController { controller, _ in
            let alice = try await controller.addClient()
            // The transport resets the stream, so the code is the one that the client's library makes of that.
            await #expect(throws: RPCError.self) {
                try await controller.createLease(for: alice) { $0.selector = String(repeating: "x", count: 5_000_000) }
            }
            #expect(try await controller.storedLeaseCount() == 0)
            let names = try await controller.leaseNames(as: alice)
            #expect(names == [])
        }
    }

    @Test("AuditStream, which no exporter calls, is UNIMPLEMENTED")
    func auditStream() async throws {
        try await withServedController { controller, _ in
            let board = try await controller.addExporter()
            await expectRefusal(.unimplemented, "TelemetryService") {
                try await controller.controller.auditStream(metadata: board.metadata) { _ in }
            }
        }
    }
}
