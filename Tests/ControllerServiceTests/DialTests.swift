import Authentication
import ControllerService
import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import Testing

@Suite("Dial and Listen over gRPC", .timeLimit(.minutes(3)))
struct DialTests {
    /// A lease that its exporter has made ready.
    private func readyLease(_ controller: TestController) async throws -> (alice: TestCaller, board: TestCaller) {
        let alice = try await controller.addClient()
        let board = try await controller.addAvailableExporter()
        _ = try await controller.createLease("mine", for: alice)
        try await controller.report(.leaseReady, by: board)
        return (alice, board)
    }

    @Test("both sides get the same router and two tokens for the same stream")
    func connects() async throws {
        try await withController { controller in
            let (alice, board) = try await readyLease(controller)
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
            let (alice, board) = try await readyLease(controller)
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
            let (alice, _) = try await readyLease(controller)
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
            controller.time.advance(bySeconds: 30)
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
            let (alice, board) = try await readyLease(controller)
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
            let (alice, board) = try await readyLease(controller)
            try await controller.report(status, by: board)
            try await controller.listening(for: "mine", as: board) { messages in
                let endpoint = try await controller.dial("mine", as: alice).routerEndpoint
                #expect(try await messages.next()?.routerEndpoint == endpoint)
            }
        }
    }

    @Test("without a Listen stream Dial waits two seconds, then is UNAVAILABLE with the lease's name")
    func nobodyListens() async throws {
        try await withController { controller in
            let (alice, _) = try await readyLease(controller)
            async let refused: Void = expectRefusal(.unavailable, "mine") {
                try await controller.dial("mine", as: alice)
            }
            await controller.time.someoneSleeps(forSeconds: 2)
            controller.time.advance(bySeconds: 2)
            await refused
        }
    }

    @Test("a Listen stream that comes while Dial waits for it is enough")
    func listensLate() async throws {
        try await withController { controller in
            let (alice, board) = try await readyLease(controller)
            async let dialled = controller.dial("mine", as: alice)
            await controller.time.someoneSleeps(forSeconds: 2)
            let invited = try await controller.listening(for: "mine", as: board) { try await $0.next() }
            #expect(try await dialled.routerEndpoint == invited?.routerEndpoint)
        }
    }

    @Test("with 8 that wait for the exporter the next Dial is RESOURCE_EXHAUSTED")
    func full() async throws {
        try await withControllerFixture { fixture in
            let stuck = StuckListen()
            try await withLoopbackServer(
                fixture.services,
                interceptors: [ErrorMappingInterceptor(logger: fixture.logger)]
            ) { connection in
                let controller = TestController(fixture: fixture, connection: connection)
                let (alice, _) = try await readyLease(controller)
                let key = ObjectKey(namespace: "lab", name: "mine")
                let listener = Task { try await stuck.listen(at: fixture.meeting, for: key) }
                await fixture.meeting.listenerArrives(for: key)
                _ = try await controller.dial("mine", as: alice)
                await stuck.holdsOne()
                for _ in 0..<8 { _ = try await controller.dial("mine", as: alice) }
                await expectRefusal(.resourceExhausted, "mine", "8") { try await controller.dial("mine", as: alice) }
                listener.cancel()
            }
        }
    }

    @Test("a newer Listen stream takes over, the older one ends with ABORTED")
    func takeOver() async throws {
        try await withController { controller in
            let (alice, board) = try await readyLease(controller)
            try await controller.listening(for: "mine", as: board) { old in
                _ = try await controller.dial("mine", as: alice)
                #expect(try await old.next() != nil)
                try await controller.listening(for: "mine", as: board) { new in
                    await expectRefusal(.aborted, "mine", "taken over") { try await old.next() }
                    let endpoint = try await controller.dial("mine", as: alice).routerEndpoint
                    #expect(try await new.next()?.routerEndpoint == endpoint)
                }
            }
        }
    }

    @Test("only the exporter that holds a lease that has not ended may listen for it")
    func listenRefused() async throws {
        try await withController { controller in
            let (alice, board) = try await readyLease(controller)
            let other = try await controller.addAvailableExporter("other", labels: ["board": "x86"])
            let listen = { @Sendable (lease: String, exporter: TestCaller) in
                _ = try await controller.listening(for: lease, as: exporter) { try await $0.next() }
            }
            await expectRefusal(.failedPrecondition, "mine", "not held by exporter other") {
                try await listen("mine", other)
            }
            await expectRefusal(.notFound, "\"none\"") { try await listen("none", board) }
            await expectRefusal(.invalidArgument, "lease_name: ", "required") { try await listen("", board) }
            await expectRefusal(.invalidArgument, "lease_name: ") { try await listen("A", board) }
            try await controller.deleteLease("mine", as: alice)
            await expectRefusal(.failedPrecondition, "mine", "any more") { try await listen("mine", board) }
        }
    }
}

/// A Listen stream whose exporter takes nothing.
private struct StuckListen: Sendable {
    private let held = AsyncStream.makeStream(of: Void.self)

    func listen(at meeting: MeetingPoint, for lease: ObjectKey) async throws {
        let continuation = held.continuation
        try await meeting.listen(lease, now: { Date(timeIntervalSince1970: 0) }) { _ in
            continuation.finish()
            // Until the task is cancelled.
            for await _ in AsyncStream<Void>.makeStream().stream {}
            throw CancellationError()
        }
    }

    /// Returns once it holds an invitation.
    func holdsOne() async { for await _ in held.stream {} }
}
