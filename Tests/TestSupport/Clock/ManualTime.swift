package import Foundation
package import Resources
import Synchronization

/// A time of day that stands still until a test moves it. It begins at 2026-01-31T08:00:00Z.
///
/// A test that wants something to time out waits until it sleeps (`someoneSleeps`), then advances. With patience, a
/// sleep that is not longer than that moves the clock to its end instead of waiting: back-off passes by itself, while
/// leases and time-outs still wait for the test.
package final class ManualTime: Sendable {
    /// When the time of each test begins.
    package static let start = Date(timeIntervalSince1970: 1_769_846_400)

    private struct Sleeper {
        var date: Date
        var continuation: CheckedContinuation<Void, any Error>
    }

    /// Who waits until somebody sleeps until a date, or nobody any more.
    private struct Watcher {
        var date: Date
        var wantsSleeper: Bool
        var continuation: CheckedContinuation<Void, Never>
    }

    /// Those to go on once the lock is free.
    private struct Awakened {
        var sleepers: [Sleeper] = []
        var watchers: [Watcher] = []

        func goOn() {
            for sleeper in sleepers { sleeper.continuation.resume() }
            for watcher in watchers { watcher.continuation.resume() }
        }
    }

    private struct State {
        var now = ManualTime.start
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [Watcher] = []
        var lastID = 0

        func isSatisfied(_ watcher: Watcher) -> Bool {
            sleepers.values.contains { $0.date == watcher.date } == watcher.wantsSleeper
        }

        mutating func takeSatisfiedWatchers() -> [Watcher] {
            let satisfied = watchers.filter { isSatisfied($0) }
            if !satisfied.isEmpty { watchers = watchers.filter { !isSatisfied($0) } }
            return satisfied
        }

        mutating func move(to date: Date) -> Awakened {
            now = max(now, date)
            let due = sleepers.filter { $0.value.date <= now }
            for id in due.keys { sleepers[id] = nil }
            return Awakened(sleepers: due.values.sorted { $0.date < $1.date }, watchers: takeSatisfiedWatchers())
        }
    }

    private let state = Mutex(State())
    private let patience: TimeInterval

    /// - Parameter patience: the longest sleep, in seconds, that moves the time instead of waiting for the test.
    package init(patience: TimeInterval = 0) { self.patience = patience }

    /// The present, as the test has it.
    package func now() -> Date { state.withLock { $0.now } }

    /// The present, as objects have it.
    package var timestamp: Timestamp { Timestamp(now()) }

    /// Moves the present and wakes, in the order of their dates, those whose time has come.
    package func advance(by seconds: TimeInterval) {
        state.withLock { $0.move(to: $0.now.addingTimeInterval(seconds)) }.goOn()
    }

    /// Returns once somebody sleeps until exactly that many seconds from now.
    package func someoneSleeps(forSeconds seconds: TimeInterval) async {
        await watch(seconds, wantsSleeper: true)
    }

    /// Returns once nobody sleeps until exactly that many seconds from now.
    package func nobodySleeps(forSeconds seconds: TimeInterval) async {
        await watch(seconds, wantsSleeper: false)
    }

    /// Returns once the present has reached the date.
    /// - Throws: `CancellationError` when the task is cancelled first.
    package func sleep(until date: Date) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { enroll(id, Sleeper(date: date, continuation: $0)) }
        } onCancel: {
            let (sleeper, watchers) = state.withLock { state in
                (state.sleepers.removeValue(forKey: id), state.takeSatisfiedWatchers())
            }
            sleeper?.continuation.resume(throwing: CancellationError())
            Awakened(watchers: watchers).goOn()
        }
    }

    private func watch(_ seconds: TimeInterval, wantsSleeper: Bool) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                let date = state.now.addingTimeInterval(seconds)
                state.watchers.append(Watcher(date: date, wantsSleeper: wantsSleeper, continuation: continuation))
                return Awakened(watchers: state.takeSatisfiedWatchers())
            }.goOn()
        }
    }

    private func enroll(_ id: Int, _ sleeper: Sleeper) {
        let (answer, awakened): (Result<Void, any Error>?, Awakened) = state.withLock { state in
            if Task.isCancelled { return (.failure(CancellationError()), Awakened()) }
            if sleeper.date <= state.now { return (.success(()), Awakened()) }
            if sleeper.date.timeIntervalSince(state.now) <= patience {
                return (.success(()), state.move(to: sleeper.date))
            }
            state.sleepers[id] = sleeper
            return (nil, Awakened(watchers: state.takeSatisfiedWatchers()))
        }
        if let answer { sleeper.continuation.resume(with: answer) }
        awakened.goOn()
    }
}
