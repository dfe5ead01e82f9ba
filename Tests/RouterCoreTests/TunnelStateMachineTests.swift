import RouterCore
import Testing

/// A tunnel of strings; a chunk counts a byte for each character.
private typealias Machine = TunnelStateMachine<String>

extension TunnelStateMachine<String> {
    fileprivate static func paired(limit: Int = 10_000) -> Self {
        var machine = Self(limit: limit)
        _ = machine.pair()
        // The wake-ups of the pairing find nothing.
        for side in TunnelSide.allCases { #expect(machine.take(side) == Taken([], nil)) }
        return machine
    }

    fileprivate mutating func push(_ chunk: String, from side: TunnelSide) -> (effects: TunnelEffects, mayRead: Bool) {
        push([(chunk, chunk.count)], from: side)
    }

    fileprivate mutating func take(_ side: TunnelSide) -> Taken {
        takeWithEffects(side).taken
    }

    fileprivate mutating func takeWithEffects(_ side: TunnelSide) -> (taken: Taken, effects: TunnelEffects) {
        var chunks: [String] = []
        let (effects, ending) = take(for: side, upTo: 1_000_000, into: &chunks)
        return (Taken(chunks, ending), effects)
    }
}

private struct Taken: Equatable {
    var chunks: [String]
    var ending: TunnelEnding?

    init(_ chunks: [String], _ ending: TunnelEnding?) {
        self.chunks = chunks
        self.ending = ending
    }
}

@Suite("A tunnel")
struct TunnelStateMachineTests {
    @Test("reads nothing on from a first call without a partner, and hands over what it had sent")
    func beforePairing() {
        var machine = Machine(limit: 10_000)
        let (effects, mayRead) = machine.push("early", from: .first)
        #expect(effects == [])
        #expect(!mayRead)
        #expect(machine.pair().isSuperset(of: [.drainSecond, .resumeFirst]))
        #expect(machine.take(.second) == Taken(["early"], nil))
    }

    @Test("carries each side's data to the other", arguments: TunnelSide.allCases)
    func carries(from side: TunnelSide) {
        var machine = Machine.paired()
        let (effects, mayRead) = machine.push("a", from: side)
        #expect(effects == .drain(side.other))
        #expect(mayRead)
        #expect(machine.push("b", from: side).effects == [], "the wake-up is on its way already")
        #expect(machine.take(side.other) == Taken(["a", "b"], nil))
        #expect(machine.deliveredBytes(to: side.other) == 2)
        #expect(machine.deliveredBytes(to: side) == 0)
    }

    @Test("stops a writer at the limit and resumes it when there is room", arguments: TunnelSide.allCases)
    func backpressure(side: TunnelSide) {
        var machine = Machine.paired(limit: 100)
        #expect(!machine.push("full", from: side).mayRead)
        #expect(machine.takeWithEffects(side.other).effects == .resume(side))
    }

    @Test("goes on in the other direction after one side has finished", arguments: TunnelSide.allCases)
    func halfClose(side: TunnelSide) {
        var machine = Machine.paired()
        #expect(machine.finish(side) == [])
        #expect(machine.push("late", from: side.other).effects == .drain(side))
        #expect(machine.take(side) == Taken(["late"], nil))
    }

    @Test("ends with OK for both when both have finished and all is delivered")
    func bothFinish() {
        var machine = Machine.paired()
        _ = machine.push("last", from: .first)
        _ = machine.finish(.first)
        #expect(machine.finish(.second) == [], "the first side waits until its last data is delivered")
        let (taken, effects) = machine.takeWithEffects(.second)
        #expect(taken == Taken(["last"], .finished))
        #expect(effects == .drainFirst)
        let (first, over) = machine.takeWithEffects(.first)
        #expect(first == Taken([], .finished))
        #expect(over == .over)
        #expect(machine.outcome == .finished)
    }

    @Test("withholds nothing that a side had sent before it was cut off", arguments: TunnelSide.allCases)
    func cutOff(side: TunnelSide) {
        var machine = Machine.paired()
        _ = machine.push("before", from: side)
        #expect(machine.lose(side, .connectionLost).contains(.drain(side.other)))
        let (taken, effects) = machine.takeWithEffects(side.other)
        #expect(taken == Taken(["before"], .cutOff(.connectionLost)))
        #expect(effects == .over)
        #expect(machine.outcome == .lost(side, .connectionLost))
    }

    @Test("tells a cancel without an end as a cut-off")
    func cancelWithoutEnd() {
        var machine = Machine.paired()
        _ = machine.lose(.first, .cancelled)
        #expect(machine.take(.second) == Taken([], .cutOff(.cancelled)))
    }

    @Test("ends cleanly when a side leaves after it has finished and received everything")
    func leavesAfterFinish() {
        var machine = Machine.paired()
        _ = machine.push("bye", from: .first)
        _ = machine.finish(.first)
        _ = machine.lose(.first, .cancelled)
        #expect(machine.take(.second) == Taken(["bye"], .partnerLeft))
        #expect(machine.outcome == .finished)
    }

    @Test("ends as a cut-off when a side leaves and something meant for it is lost")
    func leavesWithLoss() {
        var machine = Machine.paired()
        _ = machine.finish(.first)
        _ = machine.push("unread", from: .second)
        _ = machine.lose(.first, .cancelled)
        #expect(machine.take(.second) == Taken([], .cutOff(.cancelled)))
    }

    @Test("ends as a cut-off when a finished side's connection breaks")
    func breaksAfterFinish() {
        var machine = Machine.paired()
        _ = machine.finish(.first)
        _ = machine.lose(.first, .connectionLost)
        #expect(machine.take(.second) == Taken([], .cutOff(.connectionLost)))
    }

    @Test("lets a parked writer run into the void when its reader has gone")
    func voidWriter() {
        var machine = Machine.paired(limit: 100)
        _ = machine.push("stuck", from: .second)
        #expect(machine.lose(.first, .connectionLost).contains(.resumeSecond))
        #expect(machine.push("dropped", from: .second).mayRead)
        #expect(machine.take(.second).ending == .cutOff(.connectionLost))
    }

    @Test("wakes a reader that takes nothing for now when its partner goes")
    func blockedReader() {
        var machine = Machine.paired()
        _ = machine.push("waiting", from: .first)
        machine.block(.second)
        #expect(machine.push("more", from: .first).effects == [])
        #expect(machine.lose(.first, .connectionLost).contains(.drainSecond))
        #expect(machine.hasLost(.first))
    }

    @Test("is over when both have gone, said once")
    func bothGo() {
        var machine = Machine.paired()
        #expect(!machine.lose(.first, .connectionLost).contains(.over))
        #expect(machine.lose(.second, .connectionLost).contains(.over))
        #expect(machine.lose(.second, .connectionLost) == [])
        #expect(machine.outcome == .lost(.first, .connectionLost))
    }

    @Test("ignores that a stream closes after it was told its end")
    func closesAfterEnd() {
        var machine = Machine.paired()
        _ = machine.lose(.first, .connectionLost)
        _ = machine.take(.second)
        #expect(machine.lose(.second, .cancelled) == [])
        #expect(machine.outcome == .lost(.first, .connectionLost))
    }

    @Test("tells the second call when the first one went in the moment of pairing")
    func goneWhilePairing() {
        var machine = Machine(limit: 100)
        _ = machine.push("early", from: .first)
        #expect(machine.lose(.first, .connectionLost) == [])
        #expect(machine.pair().contains(.drainSecond))
        #expect(machine.take(.second) == Taken(["early"], .cutOff(.connectionLost)))
    }

    @Test("an abort cuts both off at once, whatever is queued")
    func abort() {
        var machine = Machine.paired()
        _ = machine.push("queued", from: .first)
        #expect(machine.abort(.drainTimedOut) == [.drainFirst, .drainSecond])
        #expect(machine.take(.first) == Taken([], .cutOff(.drainTimedOut)))
        let (second, effects) = machine.takeWithEffects(.second)
        #expect(second == Taken([], .cutOff(.drainTimedOut)))
        #expect(effects == .over)
        #expect(machine.abort(.drainTimedOut) == [])
    }
}
