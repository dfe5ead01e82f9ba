package import Resources

/// The changes that a lease's status goes through. Each keeps the conditions in one order, Ready last: the real client
/// shows the last condition as the state of the lease.
extension Lease.Status {
    private static let order = [
        Lease.ConditionType.invalid, Lease.ConditionType.unsatisfiable, Lease.ConditionType.pending,
        Lease.ConditionType.ready,
    ]

    /// The lease waits.
    package mutating func markPending(_ why: Explanation, generation: Int64?, now: Timestamp) {
        set(Lease.ConditionType.pending, .isTrue, why, generation, now)
    }

    /// The lease has its exporter.
    package mutating func markReady(_ candidate: Candidate, generation: Int64?, now: Timestamp) {
        exporterRef = LocalObjectReference(name: candidate.exporter)
        priority = candidate.priority
        spotAccess = candidate.spotAccess
        beginTime = now
        let why = Explanation("Ready", "exporter \(candidate.exporter) is leased")
        set(Lease.ConditionType.pending, .isFalse, why, generation, now)
        set(Lease.ConditionType.ready, .isTrue, why, generation, now)
    }

    /// The lease is over because it was released or its time came.
    package mutating func markEnded(_ reason: EndReason, message: String, generation: Int64?, now: Timestamp) {
        ended = true
        endTime = now
        let why = Explanation(reason.rawValue, message)
        if conditions.isTrue(Lease.ConditionType.pending) {
            set(Lease.ConditionType.pending, .isFalse, why, generation, now)
        }
        set(Lease.ConditionType.ready, .isFalse, why, generation, now)
    }

    /// The lease is over because it cannot be had.
    package mutating func markUnsatisfiable(_ why: Explanation, generation: Int64?, now: Timestamp) {
        refuse(Lease.ConditionType.unsatisfiable, why, generation, now)
    }

    /// The lease is over because it makes no sense.
    package mutating func markInvalid(_ why: Explanation, generation: Int64?, now: Timestamp) {
        refuse(Lease.ConditionType.invalid, why, generation, now)
    }

    private mutating func refuse(_ type: String, _ why: Explanation, _ generation: Int64?, _ now: Timestamp) {
        ended = true
        endTime = now
        set(type, .isTrue, why, generation, now)
        if conditions.isTrue(Lease.ConditionType.pending) {
            set(Lease.ConditionType.pending, .isFalse, why, generation, now)
        }
    }

    private mutating func set(
        _ type: String,
        _ status: Condition.Status,
        _ why: Explanation,
        _ generation: Int64?,
        _ now: Timestamp
    ) {
        conditions.set(
            Condition(
                type: type,
                status: status,
                observedGeneration: generation,
                lastTransitionTime: now,
                reason: why.reason,
                message: why.message
            )
        )
        conditions.sort {
            (Self.order.firstIndex(of: $0.type) ?? -1) < (Self.order.firstIndex(of: $1.type) ?? -1)
        }
    }
}
