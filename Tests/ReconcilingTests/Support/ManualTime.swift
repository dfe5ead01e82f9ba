import Foundation
import Reconciling
import Resources
import Synchronization

/// A wall clock that a test sets. It begins at 2026-01-31T08:00:00Z.
///
/// With patience, a sleep that is not longer than that moves the clock to its end instead of waiting: back-off passes by
/// itself, while leases and time-outs still wait for the test.
final class ManualTime: TimeSource {
    static let start = Date(timeIntervalSince1970: 1_769_846_400)

    private struct Sleeper {
        var date: Date
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = ManualTime.start
        var sleepers: [Int: Sleeper] = [:]
        var lastID = 0

        mutating func move(to date: Date) -> [Sleeper] {
            now = max(now, date)
            let due = sleepers.filter { $0.value.date <= now }
            for id in due.keys { sleepers[id] = nil }
            return due.values.sorted { $0.date < $1.date }
        }
    }

    private let state = Mutex(State())
    private let patience: TimeInterval

    init(patience: TimeInterval = 0) { self.patience = patience }

    func now() -> Date { state.withLock { $0.now } }

    var timestamp: Timestamp { Timestamp(now()) }

    /// Moves the clock and wakes those whose time has come.
    func advance(by seconds: TimeInterval) {
        let woken = state.withLock { $0.move(to: $0.now.addingTimeInterval(seconds)) }
        woken.forEach { $0.continuation.resume() }
    }

    func sleep(until date: Date) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enroll(id, Sleeper(date: date, continuation: continuation))
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private func enroll(_ id: Int, _ sleeper: Sleeper) {
        let (answer, woken): (Result<Void, any Error>?, [Sleeper]) = state.withLock { state in
            if Task.isCancelled { return (.failure(CancellationError()), []) }
            if sleeper.date <= state.now { return (.success(()), []) }
            if sleeper.date.timeIntervalSince(state.now) <= patience {
                return (.success(()), state.move(to: sleeper.date))
            }
            state.sleepers[id] = sleeper
            return (nil, [])
        }
        if let answer { sleeper.continuation.resume(with: answer) }
        woken.forEach { $0.continuation.resume() }
    }
}
