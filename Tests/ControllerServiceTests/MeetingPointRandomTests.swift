import Foundation
import Resources
import Synchronization
import TestSupport
import Testing

@testable import ControllerService

@Suite("Dial and Listen in any order", .timeLimit(.minutes(3)))
struct MeetingPointRandomTests {
    private static let leases = (0..<3).map { ObjectKey(namespace: "lab", name: "lease-\($0)") }
    private static let date = Date(timeIntervalSince1970: 1_769_846_400)

    private struct Broken: Error {}

    /// What was accepted and what was delivered.
    private final class Ledger: Sendable {
        private struct State {
            var accepted: Set<String> = []
            var delivered: [String] = []
            var generator: SeededGenerator
        }

        private let state: Mutex<State>
        let deliveries = AsyncStream.makeStream(of: Void.self)

        init(seed: UInt64) { state = Mutex(State(generator: SeededGenerator(seed: seed))) }

        func accept(_ token: String) { state.withLock { _ = $0.accepted.insert(token) } }

        func deliver(_ token: String) {
            state.withLock { $0.delivered.append(token) }
            deliveries.continuation.yield()
        }

        /// One chance in so many.
        func chance(in count: Int) -> Bool {
            state.withLock { state in Int.random(in: 0..<count, using: &state.generator) == 0 }
        }

        var accepted: Set<String> { state.withLock { $0.accepted } }
        var delivered: [String] { state.withLock { $0.delivered } }
    }

    @Test("every accepted invitation is delivered exactly once", arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func exactlyOnce(seed: UInt64) async throws {
        let meeting = MeetingPoint()
        let ledger = Ledger(seed: seed)
        await withTaskGroup(of: Void.self) { group in
            for driver in 0..<4 {
                group.addTask { await Self.drive(meeting, ledger, driver, seed: seed &* 31 &+ UInt64(driver)) }
            }
        }
        // Nobody fails any more: what was left must come now.
        let patient = Self.leases.map { lease in
            Task { try await meeting.listen(lease, now: { Self.date }) { ledger.deliver($0.routerToken) } }
        }
        var deliveries = ledger.deliveries.stream.makeAsyncIterator()
        while ledger.delivered.count < ledger.accepted.count { await deliveries.next() }
        for task in patient { task.cancel() }
        for task in patient { _ = await task.result }
        let delivered = ledger.delivered
        #expect(delivered.count > 50, "the test must have something to count")
        #expect(delivered.count == Set(delivered).count, "one was delivered twice")
        #expect(Set(delivered) == ledger.accepted)
        #expect(await meeting.boothCount == 0)
    }

    /// Dials, listens and breaks streams at random.
    private static func drive(_ meeting: MeetingPoint, _ ledger: Ledger, _ driver: Int, seed: UInt64) async {
        var generator = SeededGenerator(seed: seed)
        var streams: [Task<Void, any Error>] = []
        for step in 0..<300 {
            let lease = leases[Int.random(in: 0..<leases.count, using: &generator)]
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<6:
                let token = "\(driver)-\(step)"
                let invitation = MeetingPoint.Invitation(routerEndpoint: "r", routerToken: token, issuedAt: date)
                if case .accepted = await meeting.invite(lease, invitation) { ledger.accept(token) }
            case 6..<8:
                streams.append(Task { try await listen(meeting, lease, ledger) })
            case 8 where !streams.isEmpty:
                streams.remove(at: Int.random(in: 0..<streams.count, using: &generator)).cancel()
            default:
                await Task.yield()
            }
        }
        for stream in streams { stream.cancel() }
        for stream in streams { _ = await stream.result }
    }

    /// A stream that breaks now and then, before or after others had their turn.
    private static func listen(_ meeting: MeetingPoint, _ lease: ObjectKey, _ ledger: Ledger) async throws {
        try await meeting.listen(lease, now: { date }) { invitation in
            if ledger.chance(in: 2) { await Task.yield() }
            if ledger.chance(in: 4) { throw Broken() }
            ledger.deliver(invitation.routerToken)
        }
    }
}
