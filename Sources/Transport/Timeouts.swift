package import NIOCore

/// The time-outs of one event loop, hardly any of which ever comes.
///
/// NIO keeps its timers in a heap: to start one takes a lock and a promise, and to cancel one looks at all that there
/// are. A router starts five with each connection and cancels most of them at once, while tens of thousands wait. Here
/// those of the same length stand in a line, in the order in which they were started, which is also that of their ends.
/// Only the first of a line has a timer of NIO's.
///
/// Meant for few different lengths. All of it belongs to the event loop.
package final class Timeouts {
    /// One that has been started.
    package final class Timeout {
        fileprivate let line: Int
        fileprivate let end: NIODeadline
        /// Nil once it has come or has been cancelled.
        fileprivate var body: (() -> Void)?

        fileprivate init(line: Int, end: NIODeadline, body: @escaping () -> Void) {
            self.line = line
            self.end = end
            self.body = body
        }
    }

    /// Those of one length.
    private struct Line {
        let length: TimeAmount
        /// Bound: twice those that are to come, and ``Timeouts/spareRoom``.
        var waiting = CircularBuffer<Timeout>()
        /// How many of ``waiting`` are to come.
        var count = 0
        /// For the first of ``waiting``, or for one before it that has been cancelled since.
        var timer: Scheduled<Void>?
        /// Whether those that have come are being told so; the timer is set afterwards.
        var isComing = false
    }

    /// So many of a line may have been cancelled before they are looked for.
    private static let spareRoom = 64

    private let eventLoop: any EventLoop
    private var lines: [Line] = []

    /// - Parameter eventLoop: where they are started, cancelled and come.
    package init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// How many are to come.
    package var count: Int { lines.reduce(0) { $0 + $1.count } }

    /// Calls `body` after `length`, unless it is cancelled before.
    package func start(in length: TimeAmount, _ body: @escaping () -> Void) -> Timeout {
        let index = lines.firstIndex { $0.length == length } ?? lines.endIndex
        if index == lines.endIndex { lines.append(Line(length: length)) }
        let timeout = Timeout(line: index, end: eventLoop.now + length, body: body)
        lines[index].waiting.append(timeout)
        lines[index].count += 1
        if lines[index].timer == nil, !lines[index].isComing { setTimer(index, timeout.end) }
        return timeout
    }

    /// Makes sure that `timeout`, which has been started here, does not come.
    package func cancel(_ timeout: Timeout?) {
        guard let timeout, timeout.body != nil else { return }
        timeout.body = nil
        let index = timeout.line
        lines[index].count -= 1
        if lines[index].count == 0 {
            lines[index].waiting.removeAll()
            lines[index].timer?.cancel()
            lines[index].timer = nil
        } else if lines[index].waiting.count > 2 * lines[index].count + Self.spareRoom {
            lines[index].waiting.removeAll { $0.body == nil }
        }
    }

    private func setTimer(_ index: Int, _ end: NIODeadline) {
        let timeouts = NIOLoopBound(self, eventLoop: eventLoop)
        lines[index].timer = eventLoop.scheduleTask(deadline: end) { timeouts.value.come(index) }
    }

    private func come(_ index: Int) {
        let now = eventLoop.now
        lines[index].timer = nil
        lines[index].isComing = true
        while let first = lines[index].waiting.first, first.end <= now {
            lines[index].waiting.removeFirst()
            guard let body = first.body else { continue }
            first.body = nil
            lines[index].count -= 1
            // May start and cancel others.
            body()
        }
        lines[index].isComing = false
        while let first = lines[index].waiting.first {
            if first.body != nil { return setTimer(index, first.end) }
            lines[index].waiting.removeFirst()
        }
    }
}
