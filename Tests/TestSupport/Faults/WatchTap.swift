import ObjectStore
import Resources
import Synchronization

/// A watch passed on, which a test can stall or end from outside.
final class WatchTap: Sendable {
    private enum Answer: Sendable {
        case event(WatchEvent?)
        case end(StoreError?)
    }

    private struct State {
        var isStalled = false
        /// Set once the watch shall end.
        var end: StoreError??
        var resumption = Gate()
    }

    let type: ResourceType
    private let pump: WatchPump
    private let ended = Gate()
    private let state = Mutex(State())

    init(type: ResourceType, _ stream: WatchStream) {
        self.type = type
        self.pump = WatchPump(stream)
    }

    func stall() { state.withLock { $0.isStalled = true } }

    func resume() {
        let gate = state.withLock { state in
            state.isStalled = false
            defer { state.resumption = Gate() }
            return state.resumption
        }
        gate.open()
    }

    func end(throwing error: StoreError?) {
        state.withLock { $0.end = .some(error) }
        ended.open()
    }

    /// The next event; nil at a silent end or when the consumer was cancelled.
    func next() async throws -> WatchEvent? {
        switch try await answer() {
        case .event(let event): return event
        case .end(let error):
            if let error { throw error }
            return nil
        }
    }

    private func answer() async throws -> Answer {
        if let end = state.withLock({ $0.end }) { return .end(end) }
        return try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask { [self] in
                let event = try await pump.next()
                while let gate = state.withLock({ $0.isStalled ? $0.resumption : nil }) { try await gate.pass() }
                return .event(event)
            }
            group.addTask { [self] in
                try await ended.pass()
                return .end(state.withLock { $0.end ?? nil })
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .event(nil)
        }
    }
}

/// The only iterator over a watch, behind an actor so that racing tasks may share it.
actor WatchPump {
    private var iterator: WatchStream.AsyncIterator

    init(_ stream: WatchStream) { iterator = stream.makeAsyncIterator() }

    func next() async throws -> WatchEvent? {
        // One `next` at a time: a tap asks again only after the answer before.
        var current = iterator
        defer { iterator = current }
        return try await current.next(isolation: self)
    }
}
