import Authentication
import ControllerService
import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import TestSupport
import Testing

@Suite("Dial while the exporter prepares the lease", .timeLimit(.minutes(3)))
struct DialWaitingTests {
    @Test("Dial waits for the exporter that is still Available, and succeeds with its next status")
    func waitsForStatus() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            try await controller.listening(for: "mine", as: board) { messages in
                async let dialled = controller.dial("mine", as: alice)
                await controller.time.someoneSleeps(forSeconds: 30)
                try await controller.report(.leaseReady, by: board)
                let endpoint = try await dialled.routerEndpoint
                #expect(try await messages.next()?.routerEndpoint == endpoint)
            }
        }
    }

    @Test("an exporter that stays Available for 30 s is FAILED_PRECONDITION, not ready")
    func staysAvailable() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            async let refused: Void = expectRefusal(.failedPrecondition, "board", "not ready") {
                try await controller.dial("mine", as: alice)
            }
            await controller.time.someoneSleeps(forSeconds: 30)
            controller.time.advance(by: 30)
            await refused
        }
    }

    @Test("a hook that fails, and going offline, end the wait with the words that the client knows")
    func hookFailsMeanwhile() async throws {
        for (status, words) in [
            (.beforeLeaseHookFailed, "beforeLease hook failed"), (.offline, "exporter is offline"),
        ] as [(Jumpstarter_V1_ExporterStatus, String)] {
            try await withController { controller in
                let alice = try await controller.addClient()
                let board = try await controller.addAvailableExporter()
                _ = try await controller.createLease("mine", for: alice)
                async let refused: Void = expectRefusal(.failedPrecondition, words) {
                    try await controller.dial("mine", as: alice)
                }
                await controller.time.someoneSleeps(forSeconds: 30)
                try await controller.report(status, message: "exit 1", by: board)
                await refused
            }
        }
    }

    @Test("a client that goes away while Dial waits has nobody invited for it")
    func clientLeaves() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            try await controller.listening(for: "mine", as: board) { messages in
                let leaving = Task { try await controller.dial("mine", as: alice) }
                await controller.time.someoneSleeps(forSeconds: 30)
                leaving.cancel()
                await controller.time.nobodySleeps(forSeconds: 30)
                try await controller.report(.leaseReady, by: board)
                let dialled = try await controller.dial("mine", as: alice)
                let invited = try #require(try await messages.next())
                let tokens = controller.fixture.routerTokens
                let now = controller.time.now()
                let stream = try tokens.verify(dialled.routerToken, now: now).streamID
                #expect(try tokens.verify(invited.routerToken, now: now).streamID == stream)
            }
        }
    }

    @Test("a lease that ends while Dial waits is FAILED_PRECONDITION")
    func endsMeanwhile() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            async let refused: Void = expectRefusal(.failedPrecondition, "mine") {
                try await controller.dial("mine", as: alice)
            }
            await controller.time.someoneSleeps(forSeconds: 30)
            try await controller.deleteLease("mine", as: alice)
            await refused
        }
    }

    @Test("a lease that is handed away while Dial waits is PERMISSION_DENIED")
    func handedAwayMeanwhile() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let bob = try await controller.addClient("bob")
            let board = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            async let refused: Void = expectRefusal(.permissionDenied, "permission denied") {
                try await controller.dial("mine", as: alice)
            }
            await controller.time.someoneSleeps(forSeconds: 30)
            _ = try await controller.updateLease("mine", as: alice) { $0.client = bob.resourceName }
            try await controller.report(.leaseReady, by: board)
            await refused
        }
    }
}
