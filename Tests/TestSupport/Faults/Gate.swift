import Synchronization

/// A door that keeps callers waiting until a test opens it, and tells the test that somebody waits.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var arrived = 0
        var nextID = 0
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
        var observers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Lets everybody through, now and later.
    package func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting.removeAll() }
            return state.waiting.values.map { $0 }
        }
        waiting.forEach { $0.resume() }
    }

    /// Returns once that many callers have come to the gate.
    package func waitForArrivals(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.arrived >= count { return true }
                state.observers.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Waits until the gate is open.
    /// - Throws: `CancellationError`.
    package func pass() async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in enroll(id, continuation) }
        } onCancel: {
            let waiting = state.withLock { $0.waiting.removeValue(forKey: id) }
            waiting?.resume(throwing: CancellationError())
        }
    }

    private func enroll(_ id: Int, _ continuation: CheckedContinuation<Void, any Error>) {
        let (answer, observers): (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) = state.withLock {
            state in
            state.arrived += 1
            let arrived = state.arrived
            let satisfied = state.observers.filter { $0.count <= arrived }.map(\.continuation)
            state.observers.removeAll { $0.count <= arrived }
            if state.isOpen { return (.success(()), satisfied) }
            if Task.isCancelled { return (.failure(CancellationError()), satisfied) }
            state.waiting[id] = continuation
            return (nil, satisfied)
        }
        if let answer { continuation.resume(with: answer) }
        observers.forEach { $0.resume() }
    }
}
