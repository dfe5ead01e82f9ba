import Foundation
import Logging
import Resources

// The loops that carry work out.
extension Lab {
    /// Queues work on an object.
    func enqueue(_ key: WorkKey) {
        work.add(key)
        waker.yield()
    }

    /// Asks for work on an object at a moment, or sooner if that was asked before.
    func enqueue(_ key: WorkKey, noLaterThan date: Date) {
        if deadlines.setNoLater(key, than: date) { alarmSetter.yield() }
    }

    /// Waits until nothing is left to be done for an object.
    /// - Throws: `LabError.unavailable` when the service stops before.
    func settle(_ key: WorkKey) async throws {
        if isStopped { throw LabError.unavailable("the service is stopping; try again") }
        if work.isIdle(key) { return }
        try await withCheckedThrowingContinuation { settling[key, default: []].append($0) }
    }

    func dispatchWork() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            waker.yield()
            for await _ in wake {
                while let key = nextWork() {
                    group.addTask { await self.perform(key) }
                }
            }
            try Task.checkCancellation()
        }
    }

    private func nextWork() -> WorkKey? {
        guard work.inProgress.count < configuration.concurrency else { return nil }
        return work.next()
    }

    private func perform(_ key: WorkKey) async {
        do {
            switch key {
            case .lease(let lease): try await reconcileLease(lease)
            case .exporter(let exporter): try await reconcileExporter(exporter)
            case .client(let client): try await reconcileClient(client)
            }
            failures[key] = nil
        } catch {
            retryLater(key, after: error)
        }
        finish(key)
    }

    private func finish(_ key: WorkKey) {
        scheduleIfNeeded()
        let queuedAgain = work.finished(key)
        waker.yield()
        if queuedAgain { return }
        for waiter in settling.removeValue(forKey: key) ?? [] { waiter.resume() }
    }

    /// Back-off: 50 ms doubled with each failure in a row, at most 30 s.
    private func retryLater(_ key: WorkKey, after error: any Error) {
        if error is CancellationError { return }
        let count = (failures[key] ?? 0) + 1
        failures[key] = count
        let delay = min(0.05 * pow(2, Double(min(count, 12) - 1)), 30)
        logger.log(
            level: count > 3 ? .warning : .debug,
            "reconciling failed and will be tried again",
            metadata: ["object": "\(key)", "attempt": "\(count)", "retry_in_s": "\(delay)", "error": "\(error)"]
        )
        enqueue(key, noLaterThan: time.now().addingTimeInterval(delay))
    }

    func fireDeadlines() async throws {
        while true {
            fireDue()
            try await sleepUntilNextDeadline()
        }
    }

    private func fireDue() {
        let date = time.now()
        while let key = deadlines.popDue(at: date) { enqueue(key) }
    }

    /// Sleeps until the earliest deadline, or until an earlier one is set.
    private func sleepUntilNextDeadline() async throws {
        let earliest = deadlines.earliest()
        let time = time
        let alarm = alarm
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in alarm { return }
                try Task.checkCancellation()
            }
            if let earliest { group.addTask { try await time.sleep(until: earliest) } }
            try await group.next()
            group.cancelAll()
        }
    }
}
