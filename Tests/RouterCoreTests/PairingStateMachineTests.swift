import RouterCore
import Testing

private typealias Machine = PairingStateMachine<String>

/// What became of an arrival, comparable.
private enum Outcome: Equatable {
    case waits
    case paired(String)
    case refused(Refusal)
}

extension PairingStateMachine<String> {
    fileprivate static func make(streams: Int = 100, waiting: Int = 100, remembered: Int = 100) -> Self {
        Self(limits: Limits(streams: streams, waiting: waiting, remembered: remembered))
    }

    @discardableResult
    fileprivate mutating func arrive(_ peer: String, _ id: String, expiry: Int64 = 1_000, now: Int64 = 0) -> Outcome {
        switch arrive(peer, PairingRequest(streamID: id, expiry: expiry), now: now) {
        case .wait: .waits
        case .pair(let partner): .paired(partner)
        case .refuse(let refusal): .refused(refusal)
        }
    }

    fileprivate mutating func wait(_ peer: String, _ id: String, expiry: Int64 = 1_000, now: Int64 = 0) throws -> Ticket
    {
        guard case .wait(let ticket, _) = arrive(peer, PairingRequest(streamID: id, expiry: expiry), now: now) else {
            throw NotWaiting()
        }
        return ticket
    }
}

private struct NotWaiting: Error {}

@Suite("Pairing")
struct PairingStateMachineTests {
    @Test("pairs the second call of a stream id with the first")
    func pairs() {
        var machine = Machine.make()
        #expect(machine.arrive("a", "1") == .waits)
        #expect(machine.arrive("x", "2") == .waits)
        #expect(machine.arrive("b", "1") == .paired("a"))
        #expect(machine.waitingCount == 1)
        #expect(machine.pairCount == 1)
        #expect(machine.streamCount == 3)
    }

    @Test("refuses a third call, while the pair runs and after it has ended")
    func third() {
        var machine = Machine.make()
        machine.arrive("a", "1")
        machine.arrive("b", "1")
        #expect(machine.arrive("c", "1") == .refused(.alreadyUsed))
        machine.pairEnded()
        #expect(machine.arrive("c", "1") == .refused(.alreadyUsed))
        #expect(machine.isIdle)
    }

    @Test("remembers a used id until the later of its two tokens has expired")
    func memory() {
        var machine = Machine.make()
        machine.arrive("a", "1", expiry: 100)
        machine.arrive("b", "1", expiry: 50)
        machine.pairEnded()
        #expect(machine.arrive("c", "1", expiry: 300, now: 100) == .refused(.alreadyUsed))
        #expect(machine.rememberedCount == 1)
        #expect(machine.arrive("c", "2", expiry: 300, now: 101) == .waits)
        #expect(machine.rememberedCount == 0)
    }

    @Test("uses an id up when its first call times out")
    func timeOut() throws {
        var machine = Machine.make()
        let ticket = try machine.wait("a", "1")
        #expect(machine.timeOut(ticket) == true)
        #expect(machine.timeOut(ticket) == false)
        #expect(machine.arrive("b", "1") == .refused(.alreadyUsed))
    }

    @Test("lets a first call that left come again")
    func withdraw() throws {
        var machine = Machine.make()
        let ticket = try machine.wait("a", "1")
        #expect(machine.withdraw(ticket) == true)
        #expect(machine.arrive("again", "1") == .waits)
        #expect(machine.withdraw(ticket) == false, "the old ticket does not take out the new call")
        #expect(machine.timeOut(ticket) == false)
        #expect(machine.arrive("b", "1") == .paired("again"))
    }

    @Test("does not time out or withdraw a call that has its partner")
    func lateTimeOut() throws {
        var machine = Machine.make()
        let ticket = try machine.wait("a", "1")
        machine.arrive("b", "1")
        #expect(machine.timeOut(ticket) == false)
        #expect(machine.withdraw(ticket) == false)
        #expect(machine.pairCount == 1)
    }

    @Test("when draining refuses all new calls and gives out those that wait")
    func drain() {
        var machine = Machine.make()
        machine.arrive("a", "1")
        machine.arrive("b", "1")
        machine.arrive("w", "2")
        #expect(machine.drain() == ["w"])
        #expect(machine.arrive("x", "2") == .refused(.draining))
        #expect(machine.arrive("y", "3") == .refused(.draining))
        #expect(!machine.isIdle)
        machine.pairEnded()
        #expect(machine.isIdle)
    }

    @Test("limits the streams in all, but never refuses the partner of a waiting one")
    func limitOfStreams() {
        var machine = Machine.make(streams: 2)
        machine.arrive("a", "1")
        machine.arrive("b", "2")
        #expect(machine.arrive("c", "3") == .refused(.tooManyStreams))
        #expect(machine.arrive("d", "1") == .paired("a"))
    }

    @Test("limits the waiting streams")
    func limitOfWaiting() {
        var machine = Machine.make(waiting: 1)
        machine.arrive("a", "1")
        #expect(machine.arrive("b", "2") == .refused(.tooManyWaiting))
        machine.arrive("c", "1")
        #expect(machine.arrive("b", "2") == .waits)
    }

    @Test("refuses new ids rather than forget a used one early")
    func limitOfMemory() {
        var machine = Machine.make(remembered: 1)
        machine.arrive("a", "1", expiry: 100)
        machine.arrive("b", "1", expiry: 100)
        machine.pairEnded()
        #expect(machine.arrive("c", "2", now: 100) == .refused(.tooManyRemembered))
        #expect(machine.arrive("c", "2", now: 101) == .waits)
    }
}
