import Foundation
import Leasing
import Logging
import ObjectStore
import Resources

// Beginning and ceasing to lead (docs/design/replicas.md).
extension Lab {
    /// How long a caller waits for the leader's decision when that is another replica.
    static let decisionPatience: TimeInterval = 5

    func followLeadership() async throws {
        for await isLeader in leadership.changes() {
            if isLeader { takeOver() } else { stepDown() }
        }
        try Task.checkCancellation()
    }

    private func takeOver() {
        if isLeading { return }
        logger.notice("this replica leads")
        lookAtEverything()
    }

    /// Begins to lead: looks at what another leader left half done, and at what nobody did meanwhile.
    func lookAtEverything() {
        isLeading = true
        for (lease, candidate) in promises where leases[lease] != nil { accept(candidate, promisedTo: lease) }
        for exporter in exporters.values { enqueue(.exporter(exporter.key)) }
        for client in clients.values { enqueue(.client(client.key)) }
        for lease in leases.values { enqueue(.lease(lease.key)) }
        unscheduled.formUnion(unassigned.keys)
        scheduleIfNeeded()
    }

    private func stepDown() {
        guard isLeading else { return }
        isLeading = false
        for lease in verdicts.keys { dropVerdict(on: lease) }
        unscheduled = []
        logger.notice("this replica does not lead any more")
    }

    /// The lease as soon as it satisfies a test, or as it is when the leader takes too long; nil when it was deleted.
    func awaitDecision(
        on key: ObjectKey,
        patience: TimeInterval = decisionPatience,
        until isDecided: @escaping @Sendable (Lease) -> Bool
    ) async throws -> Lease? {
        lastSubscription += 1
        let id = lastSubscription
        let (stream, continuation) = AsyncStream.makeStream(of: Lease?.self, bufferingPolicy: .bufferingNewest(1))
        leaseWatchers[key, default: [:]][id] = continuation
        defer {
            leaseWatchers[key]?.removeValue(forKey: id)?.finish()
            if leaseWatchers[key]?.isEmpty == true { leaseWatchers[key] = nil }
        }
        if let known = leases[key] { continuation.yield(known) }
        let time = time
        let deadline = time.now().addingTimeInterval(patience)
        return try await withThrowingTaskGroup(of: Lease?.self) { group in
            group.addTask {
                for await lease in stream {
                    guard let lease else { return nil }
                    if isDecided(lease) { return lease }
                }
                // The stream has no end of its own: the task was cancelled or the lab stops.
                throw LabError.unavailable("the service is stopping; try again")
            }
            group.addTask {
                try await time.sleep(until: deadline)
                return try await self.lease(key)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    func tellLeaseWatchers(of key: ObjectKey, _ lease: Lease?) {
        for watcher in leaseWatchers[key, default: [:]].values { watcher.yield(lease) }
    }
}

extension Lease {
    /// Whether the leader has looked at the lease and said how it stands.
    var isDecided: Bool { status.ended || !status.conditions.isEmpty }
}
