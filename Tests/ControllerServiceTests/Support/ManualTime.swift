import Foundation
import Reconciling
import Synchronization

/// A time of day that stands still until a test moves it, and that tells who sleeps until when: a test that wants
/// something to time out waits until it sleeps, then advances.
final class ManualTime: TimeSource {
    private struct Sleeper {
        var date: Date
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Date(timeIntervalSince1970: 1_769_846_400)
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [(date: Date, continuation: CheckedContinuation<Void, Never>)] = []
        var leavers: [(date: Date, continuation: CheckedContinuation<Void, Never>)] = []
        var nextID = 0
    }

    private let state = Mutex(State())

    func now() -> Date { state.withLock { $0.now } }

    /// Returns once somebody sleeps until exactly that many seconds from now.
    func someoneSleeps(forSeconds seconds: TimeInterval) async {
        await withCheckedContinuation { continuation in
            let isSo = state.withLock { state in
                let date = state.now.addingTimeInterval(seconds)
                if state.sleepers.values.contains(where: { $0.date == date }) { return true }
                state.watchers.append((date, continuation))
                return false
            }
            if isSo { continuation.resume() }
        }
    }

    /// Returns once nobody sleeps until exactly that many seconds from now.
    func nobodySleeps(forSeconds seconds: TimeInterval) async {
        await withCheckedContinuation { continuation in
            let isSo = state.withLock { state in
                let date = state.now.addingTimeInterval(seconds)
                if !state.sleepers.values.contains(where: { $0.date == date }) { return true }
                state.leavers.append((date, continuation))
                return false
            }
            if isSo { continuation.resume() }
        }
    }

    /// Moves the present and wakes those whose time has come.
    func advance(bySeconds seconds: TimeInterval) {
        let woken = state.withLock { state in
            state.now += seconds
            let due = state.sleepers.filter { $0.value.date <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.date < $1.date }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    func sleep(until date: Date) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { enroll(id, Sleeper(date: date, continuation: $0)) }
        } onCancel: {
            let (sleeper, told) = leave(id)
            sleeper?.continuation.resume(throwing: CancellationError())
            for leaver in told { leaver.resume() }
        }
    }

    private func leave(_ id: Int) -> (Sleeper?, [CheckedContinuation<Void, Never>]) {
        state.withLock { state in
            guard let sleeper = state.sleepers.removeValue(forKey: id) else { return (nil, []) }
            if state.sleepers.values.contains(where: { $0.date == sleeper.date }) { return (sleeper, []) }
            let told = state.leavers.filter { $0.date == sleeper.date }.map(\.continuation)
            state.leavers.removeAll { $0.date == sleeper.date }
            return (sleeper, told)
        }
    }

    private func enroll(_ id: Int, _ sleeper: Sleeper) {
        let (answer, watchers) = state.withLock {
            state -> (Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) in
            if Task.isCancelled { return (.failure(CancellationError()), []) }
            if sleeper.date <= state.now { return (.success(()), []) }
            state.sleepers[id] = sleeper
            let told = state.watchers.filter { $0.date == sleeper.date }.map(\.continuation)
            state.watchers.removeAll { $0.date == sleeper.date }
            return (nil, told)
        }
        if let answer { sleeper.continuation.resume(with: answer) }
        for watcher in watchers { watcher.resume() }
    }
}
