import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

@Suite("Time-outs of an event loop")
struct TimeoutsTests {
    /// What came, in order.
    private final class Log {
        var entries: [Int] = []
    }

    private let eventLoop = EmbeddedEventLoop()
    private let log = Log()
    private let timeouts: Timeouts

    init() {
        timeouts = Timeouts(eventLoop: eventLoop)
    }

    @discardableResult
    private func start(_ entry: Int, in length: TimeAmount) -> Timeouts.Timeout {
        timeouts.start(in: length) { [log] in log.entries.append(entry) }
    }

    @Test("come when their time is over, and not before")
    func time() {
        start(1, in: .seconds(10))
        eventLoop.advanceTime(by: .milliseconds(9_999))
        #expect(log.entries == [])
        eventLoop.advanceTime(by: .milliseconds(1))
        #expect(log.entries == [1])
        #expect(timeouts.count == 0)
        eventLoop.advanceTime(by: .hours(1))
        #expect(log.entries == [1])
    }

    @Test("come in the order of their ends, whatever their lengths")
    func order() {
        start(3, in: .seconds(3))
        start(1, in: .seconds(1))
        eventLoop.advanceTime(by: .milliseconds(500))
        start(2, in: .seconds(1))
        start(4, in: .seconds(3))
        for _ in 0..<80 { eventLoop.advanceTime(by: .milliseconds(50)) }
        #expect(log.entries == [1, 2, 3, 4])
    }

    @Test("do not come once cancelled, wherever they stand", arguments: 0..<5)
    func cancel(place: Int) {
        let started = (0..<5).map { start($0, in: .seconds(1)) }
        timeouts.cancel(started[place])
        timeouts.cancel(started[place])
        #expect(timeouts.count == 4)
        eventLoop.advanceTime(by: .seconds(1))
        #expect(log.entries == (0..<5).filter { $0 != place })
        timeouts.cancel(started[(place + 1) % 5])
        #expect(timeouts.count == 0)
    }

    @Test("go on after all have been cancelled")
    func cancelAll() {
        for timeout in (0..<3).map({ start($0, in: .seconds(1)) }) { timeouts.cancel(timeout) }
        eventLoop.advanceTime(by: .milliseconds(500))
        start(7, in: .seconds(1))
        eventLoop.advanceTime(by: .milliseconds(999))
        #expect(log.entries == [])
        eventLoop.advanceTime(by: .milliseconds(1))
        #expect(log.entries == [7])
    }

    @Test("may start and cancel others when they come")
    func nested() {
        var second: Timeouts.Timeout?
        _ = timeouts.start(in: .seconds(1)) { [log, timeouts] in
            log.entries.append(1)
            timeouts.cancel(second)
            _ = timeouts.start(in: .seconds(1)) { log.entries.append(3) }
        }
        second = start(2, in: .seconds(1))
        eventLoop.advanceTime(by: .seconds(1))
        #expect(log.entries == [1])
        #expect(timeouts.count == 1)
        eventLoop.advanceTime(by: .milliseconds(999))
        #expect(log.entries == [1])
        eventLoop.advanceTime(by: .milliseconds(1))
        #expect(log.entries == [1, 3])
    }

    @Test("let go of what they would have called as soon as they are cancelled, and of themselves soon after")
    func memory() {
        final class Captured {}
        var captured: Captured? = Captured()
        weak let watched = captured
        let timeout = timeouts.start(in: .seconds(1)) { [captured] in _ = captured }
        captured = nil
        #expect(watched != nil)
        timeouts.cancel(timeout)
        #expect(watched == nil)

        start(1, in: .seconds(1))
        weak var early: Timeouts.Timeout?
        for number in 0..<200 {
            let timeout = start(0, in: .seconds(1))
            timeouts.cancel(timeout)
            if number == 0 { early = timeout }
        }
        #expect(early == nil)
        #expect(timeouts.count == 1)
        eventLoop.advanceTime(by: .seconds(1))
        #expect(log.entries == [1])
    }
}
