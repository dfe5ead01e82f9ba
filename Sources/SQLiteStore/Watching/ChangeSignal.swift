import ObjectStore
import Synchronization

/// Tells watches that a commit changed their kind.
///
/// It holds no changes, only the last version of each kind: a watch that was busy reads what it missed from the log.
/// Bound: one waiter for each watch that is waiting.
final class ChangeSignal: Sendable {
    private struct Waiter {
        var type: String
        var version: Int64
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var versions: [String: Int64] = [:]
        var waiters: [Int: Waiter] = [:]
        var nextID = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Notes committed versions and wakes those who wait for them.
    func advance(_ touched: [String: Int64]) {
        guard !touched.isEmpty else { return }
        let woken = state.withLock { state in
            state.versions.merge(touched) { max($0, $1) }
            let ready = state.waiters.filter { state.versions[$0.value.type, default: 0] > $0.value.version }
            for id in ready.keys { state.waiters[id] = nil }
            return ready.values.map(\.continuation)
        }
        woken.forEach { $0.resume() }
    }

    /// Returns when the kind has changed after the version; at once when it has already.
    /// - Throws: `StoreError.unavailable` when the store closes, `CancellationError`.
    func wait(for type: String, after version: Int64) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enroll(id, Waiter(type: type, version: version, continuation: continuation))
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private func enroll(_ id: Int, _ waiter: Waiter) {
        let answer: Result<Void, any Error>? = state.withLock { state in
            if state.isClosed { return .failure(Self.closed) }
            if state.versions[waiter.type, default: 0] > waiter.version { return .success(()) }
            // Under the lock that the cancellation handler takes: either it finds the waiter or this sees it cancelled.
            if Task.isCancelled { return .failure(CancellationError()) }
            state.waiters[id] = waiter
            return nil
        }
        if let answer { waiter.continuation.resume(with: answer) }
    }

    /// Ends every wait, now and later.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters.removeAll() }
            return state.waiters.values.map(\.continuation)
        }
        waiters.forEach { $0.resume(throwing: Self.closed) }
    }

    static let closed = StoreError(.unavailable, "the store is closing")
}
