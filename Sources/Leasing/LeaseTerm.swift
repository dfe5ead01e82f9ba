package import Resources

/// When a lease begins, how long it lasts and when it ends, as its owner asked for it and after the rules of
/// spec/leases.md ("Times") were applied.
package struct LeaseTerm: Sendable, Hashable {
    /// Nil starts as soon as an exporter is free.
    package var beginTime: Timestamp?
    /// Always known and positive.
    package var duration: GoDuration
    /// Nil ends `duration` after the beginning.
    package var endTime: Timestamp?

    /// Why a combination of times is not a term.
    package struct Problem: Error, Hashable, CustomStringConvertible {
        /// The field of the lease that is wrong: `duration`, `begin_time` or `end_time`.
        package var field: String
        package var description: String
    }

    /// Completes what was asked for.
    /// - Throws: `Problem` for an end alone, nothing at all, a duration that is not positive, three values that do not
    ///   agree, or a term that is over already.
    package init(
        beginTime: Timestamp?,
        duration: GoDuration?,
        endTime: Timestamp?,
        now: Timestamp
    ) throws(Problem) {
        if let duration, duration <= .zero {
            throw Problem(field: "duration", description: "must be positive, got \(duration)")
        }
        try Self.refuseOutOfRange(beginTime, endTime)
        switch (beginTime, duration, endTime) {
        case (nil, nil, nil), (.some, nil, nil):
            throw Problem(field: "duration", description: "is required, unless both begin_time and end_time are given")
        case (nil, nil, .some):
            throw Problem(
                field: "duration",
                description: "is required with end_time alone; give a duration or a begin_time as well"
            )
        case (let begin, let duration?, nil):
            self.init(begin, duration, nil)
        case (let begin?, nil, let end?):
            guard begin < end else {
                throw Problem(field: "end_time", description: "\(end) must be after begin_time \(begin)")
            }
            self.init(begin, end.since(begin), end)
        case (nil, let duration?, let end?):
            self.init(end.adding(GoDuration(nanoseconds: -duration.nanoseconds)), duration, end)
        case (let begin?, let duration?, let end?):
            guard begin.adding(duration) == end else {
                throw Problem(
                    field: "duration",
                    description: "\(duration) does not agree with begin_time \(begin) and end_time \(end), "
                        + "which are \(end.since(begin)) apart"
                )
            }
            self.init(begin, duration, end)
        }
        try Self.refuseOutOfRange(self.beginTime, self.endTime)
        try refuseIfOver(now: now)
    }

    private init(_ beginTime: Timestamp?, _ duration: GoDuration, _ endTime: Timestamp?) {
        self.beginTime = beginTime
        self.duration = duration
        self.endTime = endTime
    }

    fileprivate static func refuseOutOfRange(_ begin: Timestamp?, _ end: Timestamp?) throws(Problem) {
        for (field, time) in [("begin_time", begin), ("end_time", end)] {
            guard let time, !Timestamp.printable.contains(time) else { continue }
            let bounds = "\(Timestamp.printable.lowerBound) and \(Timestamp.printable.upperBound)"
            throw Problem(field: field, description: "must lie between \(bounds)")
        }
    }

    private func refuseIfOver(now: Timestamp) throws(Problem) {
        guard let end = endTime ?? beginTime?.adding(duration), end <= now else { return }
        throw Problem(
            field: endTime == nil ? "begin_time" : "end_time",
            description: "the lease would have ended at \(end), which is in the past (now \(now))"
        )
    }
}

extension LeaseTerm {
    /// The changes that UpdateLease asks for; nil leaves a value as it is.
    package struct Change: Sendable, Hashable {
        package var beginTime: Timestamp?
        package var duration: GoDuration?
        package var endTime: Timestamp?

        package init(beginTime: Timestamp? = nil, duration: GoDuration? = nil, endTime: Timestamp? = nil) {
            self.beginTime = beginTime
            self.duration = duration
            self.endTime = endTime
        }

        package var isEmpty: Bool { beginTime == nil && duration == nil && endTime == nil }
    }

    /// The term of a lease after a change, validated as a whole. A value that follows from the changed ones moves with
    /// them: a new duration moves the end, a new end changes the duration, a new beginning keeps the duration.
    ///
    /// A lease that is shortened to a moment in the past ends at once, so a past end is accepted here.
    /// - Throws: `Problem`.
    package static func changed(_ lease: Lease, by change: Change) throws(Problem) -> LeaseTerm {
        if let duration = change.duration, duration <= .zero {
            throw Problem(field: "duration", description: "must be positive, got \(duration)")
        }
        try refuseOutOfRange(change.beginTime, change.endTime)
        let begin = change.beginTime ?? lease.spec.beginTime
        let start = begin ?? lease.status.beginTime
        if let end = change.endTime {
            guard let start = start ?? change.duration.map({ end.adding(GoDuration(nanoseconds: -$0.nanoseconds)) })
            else {
                throw Problem(
                    field: "end_time",
                    description: "needs a duration or a begin_time as well, because the lease has not begun"
                )
            }
            guard start < end else {
                throw Problem(field: "end_time", description: "\(end) must be after the beginning \(start)")
            }
            if let duration = change.duration, start.adding(duration) != end {
                throw Problem(
                    field: "duration",
                    description: "\(duration) does not agree with the beginning \(start) and end_time \(end)"
                )
            }
            return LeaseTerm(begin, change.duration ?? end.since(start), end)
        }
        guard let duration = change.duration ?? lease.spec.duration ?? lease.impliedDuration else {
            throw Problem(field: "duration", description: "is required, the lease has none")
        }
        let end = lease.spec.endTime == nil ? nil : start?.adding(duration)
        try refuseOutOfRange(begin, end)
        return LeaseTerm(begin, duration, end)
    }
}

extension Lease {
    /// The duration that follows from the two ends, for leases that carry only these.
    fileprivate var impliedDuration: GoDuration? {
        guard let end = spec.endTime, let begin = spec.beginTime ?? status.beginTime else { return nil }
        return end.since(begin)
    }
}
