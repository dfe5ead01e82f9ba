import Foundation
import Leasing
import Logging
import ObjectStore
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

    /// Does something with an object while no other work on it is being done.
    func exclusively(_ key: WorkKey, _ body: () async throws -> Void) async throws {
        while !work.begin(key) { try await settle(key) }
        do {
            try await body()
        } catch {
            if error is StoreError { retryLater(key, after: error) }
            finish(key)
            throw error
        }
        finish(key)
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
            case .exporter(let exporter) where !leadership.isLeader: try await keepAlive(exporter)
            case _ where !leadership.isLeader: break
            case .lease(let lease): try await reconcileLease(lease)
            case .exporter(let exporter): try await reconcileExporter(exporter)
            case .client(let client): try await reconcileClient(client)
            }
            failures[key] = nil
            if case .lease(let lease) = key { keepDeadline(of: lease) }
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

    /// A retry takes the place of the moment at which a lease begins or ends; this puts it back.
    private func keepDeadline(of key: ObjectKey) {
        guard let next = leases[key]?.nextDeadline(at: now) else { return }
        enqueue(.lease(key), noLaterThan: next.date)
    }

    /// Back-off: 50 ms doubled with each failure in a row, at most 30 s. A lost race is run again at once, but not for
    /// ever: somebody waits for the outcome.
    private func retryLater(_ key: WorkKey, after error: any Error) {
        if error is CancellationError { return }
        if let error = error as? StoreError, error.reason.isPassing { storeLastAway = time.now() }
        let count = (failures[key] ?? 0) + 1
        failures[key] = count
        if count <= 3, let error = error as? StoreError, error.reason == .conflict { return enqueue(key) }
        let delay = min(0.05 * pow(2, Double(min(count, 12) - 1)), 30)
        logger.log(
            level: count > 3 ? .warning : .debug,
            "reconciling failed and will be tried again",
            metadata: ["object": "\(key)", "attempt": "\(count)", "retry_in_s": "\(delay)", "error": "\(error)"]
        )
        enqueue(key, noLaterThan: time.now().addingTimeInterval(delay))
    }

    /// Fires deadlines as they come. One loop reads the alarm for the lab's whole life: a stream whose reader is
    /// cancelled ends for good.
    func fireDeadlines() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            alarmSetter.yield()
            for await _ in alarm {
                fireDue()
                guard let date = deadlines.earliest(), armed.insert(date).inserted else { continue }
                group.addTask { try await self.raiseAlarm(at: date) }
            }
            try Task.checkCancellation()
        }
    }

    private func fireDue() {
        let date = time.now()
        while let key = deadlines.popDue(at: date) { enqueue(key) }
    }

    private func raiseAlarm(at date: Date) async throws {
        try await time.sleep(until: date)
        armed.remove(date)
        alarmSetter.yield()
    }
}
