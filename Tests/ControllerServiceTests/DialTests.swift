import Authentication
import ControllerService
import Fleet
import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import TestSupport
import Testing

@Suite("Dial", .timeLimit(.minutes(3)))
struct DialTests {
    @Test("both sides get the same router and two tokens for the same stream")
    func connects() async throws {
        try await withController { controller in
            let (alice, board) = try await controller.readyLease()
            try await controller.listening(for: "mine", as: board) { messages in
                var streams: Set<String> = []
                for _ in 0..<3 {
                    let dialled = try await controller.dial("mine", as: alice)
                    let invited = try #require(try await messages.next())
                    #expect(dialled.routerEndpoint == "router.example:8083")
                    #expect(invited.routerEndpoint == dialled.routerEndpoint)
                    #expect(invited.routerToken != dialled.routerToken)
                    let now = controller.time.now()
                    let tokens = controller.fixture.routerTokens
                    let stream = try tokens.verify(dialled.routerToken, now: now).streamID
                    #expect(try tokens.verify(invited.routerToken, now: now).streamID == stream)
                    streams.insert(stream)
                }
                #expect(streams.count == 3)
            }
        }
    }

    @Test("the router near the exporter is chosen")
    func nearRouter() async throws {
        var options = ControllerOptions()
        options.routers = [
            RouterEntry(name: "far", endpoint: "far:1", labels: ["board": "x86"]),
            RouterEntry(name: "near", endpoint: "near:1", labels: ["board": "rpi"]),
        ]
        try await withController(options) { controller in
            let (alice, board) = try await controller.readyLease()
            try await controller.listening(for: "mine", as: board) { messages in
                let dialled = try await controller.dial("mine", as: alice)
                #expect(dialled.routerEndpoint == "near:1")
                #expect(try await messages.next()?.routerEndpoint == "near:1")
            }
        }
    }

    @Test("without a router Dial is UNAVAILABLE")
    func noRouter() async throws {
        var options = ControllerOptions()
        options.routers = []
        try await withController(options) { controller in
            let (alice, _) = try await controller.readyLease()
            await expectRefusal(.unavailable, "no router") { try await controller.dial("mine", as: alice) }
        }
    }

    @Test("a lease without an exporter, ended, missing or without a name cannot be dialled")
    func leaseNotThere() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addExporter()
            _ = try await controller.createLease("mine", for: alice)
            await expectRefusal(.failedPrecondition, "mine", "not ready") {
                try await controller.dial("mine", as: alice)
            }
            try await controller.deleteLease("mine", as: alice)
            await expectRefusal(.failedPrecondition, "mine", "has ended") {
                try await controller.dial("mine", as: alice)
            }
            await expectRefusal(.notFound, "\"none\"") { try await controller.dial("none", as: alice) }
            await expectRefusal(.invalidArgument, "lease_name: ", "required") {
                try await controller.dial("", as: alice)
            }
            await expectRefusal(.invalidArgument, "lease_name: ") { try await controller.dial("A b", as: alice) }
        }
    }

    @Test(
        "an exporter that is offline or whose hook failed is FAILED_PRECONDITION at once",
        arguments: [
            (Jumpstarter_V1_ExporterStatus.offline, "exporter is offline"),
            (.beforeLeaseHookFailed, "beforeLease hook failed"),
            (.afterLeaseHookFailed, "afterLease hook failed"),
        ]
    )
    func notServing(status: Jumpstarter_V1_ExporterStatus, words: String) async throws {
        try await withController { controller in
            let (alice, board) = try await controller.readyLease()
            try await controller.report(status, message: "exit 1", by: board)
            await expectRefusal(.failedPrecondition, words, "board") { try await controller.dial("mine", as: alice) }
        }
    }

    @Test(
        "a hook that runs does not keep the client out",
        arguments: [
            Jumpstarter_V1_ExporterStatus.beforeLeaseHook, .afterLeaseHook, .unspecified,
        ]
    )
    func inAHook(status: Jumpstarter_V1_ExporterStatus) async throws {
        try await withController { controller in
            let (alice, board) = try await controller.readyLease()
            try await controller.report(status, by: board)
            try await controller.listening(for: "mine", as: board) { messages in
                let endpoint = try await controller.dial("mine", as: alice).routerEndpoint
                #expect(try await messages.next()?.routerEndpoint == endpoint)
            }
        }
    }
}
