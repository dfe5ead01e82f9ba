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

@Suite("Listen, and Dial without it", .timeLimit(.minutes(3)))
struct ListenTests {
    @Test("without a Listen stream Dial waits two seconds, then is UNAVAILABLE with the lease's name")
    func nobodyListens() async throws {
        try await withController { controller in
            let (alice, _) = try await controller.readyLease()
            async let refused: Void = expectRefusal(.unavailable, "mine") {
                try await controller.dial("mine", as: alice)
            }
            await controller.time.someoneSleeps(forSeconds: 2)
            controller.time.advance(by: 2)
            await refused
        }
    }

    @Test("a Listen stream that comes while Dial waits for it is enough")
    func listensLate() async throws {
        try await withController { controller in
            let (alice, board) = try await controller.readyLease()
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
                fixture.services(),
                interceptors: [ErrorMappingInterceptor(logger: fixture.logger)]
            ) { connection in
                let controller = TestController(fixture: fixture, connection: connection)
                let (alice, _) = try await controller.readyLease()
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
            let (alice, board) = try await controller.readyLease()
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
            let (alice, board) = try await controller.readyLease()
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
