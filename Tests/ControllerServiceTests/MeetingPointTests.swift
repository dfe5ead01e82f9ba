import Foundation
import Resources
import Synchronization
import Testing

@testable import ControllerService

@Suite("Where Dial and Listen meet", .timeLimit(.minutes(2)))
struct MeetingPointTests {
    private static let lease = ObjectKey(namespace: "lab", name: "mine")
    private static let start = Date(timeIntervalSince1970: 1_769_846_400)

    private struct Broken: Error {}

    private static func invitation(_ number: Int, at date: Date = start) -> MeetingPoint.Invitation {
        .init(routerEndpoint: "router:1", routerToken: "token-\(number)", issuedAt: date)
    }

    /// A Listen stream that runs in a task of its own.
    private struct Listener {
        let task: Task<Void, any Error>
        let delivered: AsyncStream<String>
        private let started: AsyncStream<Void>

        /// - Parameter gate: Asked before each delivery; what it throws breaks the stream.
        init(
            _ meeting: MeetingPoint,
            now: Date = start,
            gate: @escaping @Sendable (String) async throws -> Void = { _ in }
        ) {
            let (stream, continuation) = AsyncStream.makeStream(of: String.self)
            delivered = stream
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            self.started = started
            task = Task {
                defer { continuation.finish() }
                let clock: @Sendable () -> Date = {
                    start.finish()
                    return now
                }
                try await meeting.listen(lease, now: clock) { invitation in
                    try await gate(invitation.routerToken)
                    continuation.yield(invitation.routerToken)
                }
            }
        }

        /// Returns once the stream is the one that is served: the meeting point asks for the time and takes over in one
        /// step, so whatever is asked of it afterwards comes after that.
        func arrived(at meeting: MeetingPoint) async {
            for await _ in started {}
            _ = await meeting.boothCount
        }

        func next() async -> String? {
            for await token in delivered { return token }
            return nil
        }

        /// Everything that is delivered until the stream ends.
        func rest() async -> [String] {
            var tokens: [String] = []
            for await token in delivered { tokens.append(token) }
            return tokens
        }
    }

    /// Holds deliveries until it is opened, and tells when the first has come.
    private final class Gate: Sendable {
        private let arrivals = AsyncStream.makeStream(of: Void.self)
        private let openings = AsyncStream.makeStream(of: Bool.self)

        func arrived() async { for await _ in arrivals.stream { return } }

        /// - Parameter works: False makes the delivery fail.
        func open(works: Bool = true) { openings.continuation.yield(works) }

        func pass(_ token: String) async throws {
            arrivals.continuation.yield()
            for await works in openings.stream {
                if !works { throw Broken() }
                return
            }
            throw CancellationError()
        }
    }

    private func isAccepted(_ reception: MeetingPoint.Reception) -> Bool {
        if case .accepted = reception { true } else { false }
    }

    @Test("an invitation reaches the stream that listens, in order")
    func order() async throws {
        let meeting = MeetingPoint()
        let listener = Listener(meeting)
        await listener.arrived(at: meeting)
        for number in 1...5 { #expect(isAccepted(await meeting.invite(Self.lease, Self.invitation(number)))) }
        for number in 1...5 { #expect(await listener.next() == "token-\(number)") }
        listener.task.cancel()
        await #expect(throws: CancellationError.self) { try await listener.task.value }
        #expect(await meeting.boothCount == 0)
    }

    @Test("without a stream nobody listens, and nothing is left behind")
    func nobody() async {
        let meeting = MeetingPoint()
        guard case .nobodyListens = await meeting.invite(Self.lease, Self.invitation(1)) else {
            Issue.record("accepted")
            return
        }
        #expect(await meeting.boothCount == 0)
    }

    @Test("8 invitations wait beside the one that is being delivered, the next finds it full")
    func full() async throws {
        let meeting = MeetingPoint()
        let gate = Gate()
        let listener = Listener(meeting) { try await gate.pass($0) }
        await listener.arrived(at: meeting)
        #expect(isAccepted(await meeting.invite(Self.lease, Self.invitation(0))))
        await gate.arrived()
        for number in 1...8 { #expect(isAccepted(await meeting.invite(Self.lease, Self.invitation(number)))) }
        guard case .full = await meeting.invite(Self.lease, Self.invitation(9)) else {
            Issue.record("not full")
            return
        }
        for _ in 0...8 { gate.open() }
        for number in 0...8 { #expect(await listener.next() == "token-\(number)") }
        listener.task.cancel()
    }

    @Test("a stream that takes over in the middle of a delivery gets the rest, after it, in order")
    func takeOver() async throws {
        let meeting = MeetingPoint()
        let gate = Gate()
        let old = Listener(meeting) { try await gate.pass($0) }
        await old.arrived(at: meeting)
        for number in 1...3 { _ = await meeting.invite(Self.lease, Self.invitation(number)) }
        await gate.arrived()
        let new = Listener(meeting)
        await new.arrived(at: meeting)
        gate.open()
        #expect(await old.rest() == ["token-1"])
        try await old.task.value
        #expect(await new.next() == "token-2")
        #expect(await new.next() == "token-3")
        new.task.cancel()
    }

    @Test("a delivery that fails after a take-over goes to the new stream, before the rest")
    func failingDelivery() async throws {
        let meeting = MeetingPoint()
        let gate = Gate()
        let old = Listener(meeting) { try await gate.pass($0) }
        await old.arrived(at: meeting)
        for number in 1...3 { _ = await meeting.invite(Self.lease, Self.invitation(number)) }
        await gate.arrived()
        let new = Listener(meeting)
        await new.arrived(at: meeting)
        gate.open(works: false)
        await #expect(throws: Broken.self) { try await old.task.value }
        for number in 1...3 { #expect(await new.next() == "token-\(number)") }
        new.task.cancel()
    }

    @Test("what a broken stream did not take waits for the next one")
    func brokenStream() async throws {
        let meeting = MeetingPoint()
        let gate = Gate()
        let old = Listener(meeting) { try await gate.pass($0) }
        await old.arrived(at: meeting)
        for number in 1...2 { _ = await meeting.invite(Self.lease, Self.invitation(number)) }
        await gate.arrived()
        gate.open(works: false)
        await #expect(throws: Broken.self) { try await old.task.value }
        let new = Listener(meeting)
        for number in 1...2 { #expect(await new.next() == "token-\(number)") }
        new.task.cancel()
        _ = await new.rest()
        #expect(await meeting.boothCount == 0)
    }

    @Test("a new stream that leaves before the old one's delivery has failed loses nothing")
    func newStreamLeavesFirst() async throws {
        let meeting = MeetingPoint()
        let gate = Gate()
        let old = Listener(meeting) { try await gate.pass($0) }
        await old.arrived(at: meeting)
        _ = await meeting.invite(Self.lease, Self.invitation(1))
        await gate.arrived()
        let passing = Listener(meeting)
        await passing.arrived(at: meeting)
        passing.task.cancel()
        #expect(await passing.rest() == [])
        gate.open(works: false)
        await #expect(throws: Broken.self) { try await old.task.value }
        let last = Listener(meeting)
        #expect(await last.next() == "token-1")
        last.task.cancel()
    }

    @Test("a minute-old invitation is not handed to a new stream")
    func expiry() async throws {
        let meeting = MeetingPoint()
        let gate = Gate()
        let old = Listener(meeting) { try await gate.pass($0) }
        await old.arrived(at: meeting)
        _ = await meeting.invite(Self.lease, Self.invitation(1))
        _ = await meeting.invite(Self.lease, Self.invitation(2, at: Self.start.addingTimeInterval(30)))
        await gate.arrived()
        gate.open(works: false)
        await #expect(throws: Broken.self) { try await old.task.value }
        let new = Listener(meeting, now: Self.start.addingTimeInterval(61))
        #expect(await new.next() == "token-2")
        new.task.cancel()
    }

    @Test("the booth of a stream that broke off for good goes away with its invitations")
    func abandoned() async throws {
        let meeting = MeetingPoint()
        let gate = Gate()
        let old = Listener(meeting) { try await gate.pass($0) }
        await old.arrived(at: meeting)
        _ = await meeting.invite(Self.lease, Self.invitation(1))
        await gate.arrived()
        gate.open(works: false)
        await #expect(throws: Broken.self) { try await old.task.value }
        #expect(await meeting.boothCount == 1)
        let other = ObjectKey(namespace: "lab", name: "other")
        let later = Self.start.addingTimeInterval(61)
        let task = Task { try await meeting.listen(other, now: { later }) { _ in } }
        await meeting.listenerArrives(for: other)
        #expect(await meeting.boothCount == 1)
        task.cancel()
        _ = await task.result
        #expect(await meeting.boothCount == 0)
    }

    @Test("whoever waits for a stream is woken by it, and leaves nothing behind when it gives up")
    func expectants() async throws {
        let meeting = MeetingPoint()
        let waiting = (0..<3).map { _ in Task.immediate { await meeting.listenerArrives(for: Self.lease) } }
        let givingUp = Task.immediate { await meeting.listenerArrives(for: Self.lease) }
        #expect(await meeting.boothCount == 1)
        givingUp.cancel()
        await givingUp.value
        let listener = Listener(meeting)
        for task in waiting { await task.value }
        listener.task.cancel()
        _ = await listener.rest()
        #expect(await meeting.boothCount == 0)
    }

    @Test("forgetting a lease drops what waits for it")
    func forget() async throws {
        let meeting = MeetingPoint()
        let gate = Gate()
        let old = Listener(meeting) { try await gate.pass($0) }
        await old.arrived(at: meeting)
        _ = await meeting.invite(Self.lease, Self.invitation(1))
        await gate.arrived()
        gate.open(works: false)
        await #expect(throws: Broken.self) { try await old.task.value }
        await meeting.forget(Self.lease)
        #expect(await meeting.boothCount == 0)
    }
}
