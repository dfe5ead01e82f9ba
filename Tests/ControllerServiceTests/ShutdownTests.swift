import GRPCCore
import JumpstarterProtocol
import ServiceLifecycle
import SwiftProtobuf
import TestSupport
import Testing

@Suite("A controller that shuts down", .timeLimit(.minutes(3)))
struct ShutdownTests {
    @Test("open Status and Listen streams end with UNAVAILABLE, and the server is gone")
    func streams() async throws {
        try await withServedController { controller, group in
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
        try await withServedController { controller, group in
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
