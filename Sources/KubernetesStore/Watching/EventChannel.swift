import ObjectStore
import Synchronization

/// Between the task that reads a watch and its consumer. A full buffer makes the reader wait, and so, through TCP, the
/// server.
///
/// Bound: `limit` events. One producer; consumers are served in order.
final class EventChannel: Sendable {
    private struct State {
        var events: [WatchEvent] = []
        var head = 0
        var end: Result<Void, any Error>?
        var consumers: [CheckedContinuation<WatchEvent?, any Error>] = []
        var producer: CheckedContinuation<Void, Never>?

        mutating func popFirst() -> WatchEvent? {
            guard head < events.count else { return nil }
            defer {
                head += 1
                if head == events.count { (events, head) = ([], 0) }
            }
            return events[head]
        }
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Hands an event over; returns when there is room for another.
    func send(_ event: WatchEvent) async {
        let consumer: CheckedContinuation<WatchEvent?, any Error>? = state.withLock { state in
            if state.end != nil { return nil }
            if !state.consumers.isEmpty { return state.consumers.removeFirst() }
            state.events.append(event)
            return nil
        }
        if let consumer { return consumer.resume(returning: event) }
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if state.end != nil || state.events.count - state.head < limit { return true }
                state.producer = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }

    /// Ends the stream after the events that wait, or at once with them dropped.
    func finish(_ end: Result<Void, any Error>, dropping: Bool = false) {
        let (consumers, producer) = state.withLock { state in
            if state.end == nil { state.end = end }
            if dropping { (state.events, state.head) = ([], 0) }
            defer { (state.consumers, state.producer) = ([], nil) }
            return (state.consumers, state.producer)
        }
        for consumer in consumers { consumer.resume(with: end.map { nil }) }
        producer?.resume()
    }

    /// The next event; nil after the end.
    func next() async throws -> WatchEvent? {
        try await withCheckedThrowingContinuation { continuation in
            let (answer, producer): (Result<WatchEvent?, any Error>?, CheckedContinuation<Void, Never>?) =
                state.withLock { state in
                    if let event = state.popFirst() {
                        defer { state.producer = nil }
                        return (.success(event), state.producer)
                    }
                    if let end = state.end { return (end.map { nil }, nil) }
                    state.consumers.append(continuation)
                    return (nil, nil)
                }
            producer?.resume()
            if let answer { continuation.resume(with: answer) }
        }
    }
}
