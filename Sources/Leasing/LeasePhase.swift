package import Resources

/// Where a lease stands at a moment; everything follows from the object and the time.
package enum LeasePhase: Sendable, Hashable {
    /// Its time has not come.
    case scheduled(until: Timestamp)
    /// It wants an exporter.
    case waiting
    /// It has one.
    case active
    /// It must be ended now.
    case due(EndReason)
    /// It is over; nothing changes any more.
    case ended
}

/// Why a lease ends.
package enum EndReason: String, Sendable, Hashable {
    case released = "Released"
    case expired = "Expired"
}

extension Lease {
    /// The moment at which the lease must end: spec.endTime, else spec.beginTime + duration, else the assignment +
    /// duration; nil while none is known (spec/leases.md, Expiry).
    package var expiry: Timestamp? {
        if let end = spec.endTime { return end }
        guard let duration = spec.duration else { return nil }
        return (spec.beginTime ?? status.beginTime)?.adding(duration)
    }

    /// Where the lease stands.
    package func phase(at now: Timestamp) -> LeasePhase {
        if status.ended { return .ended }
        if spec.release { return .due(.released) }
        if let expiry, expiry <= now { return .due(.expired) }
        if status.exporterRef != nil { return .active }
        if let begin = spec.beginTime, begin > now { return .scheduled(until: begin) }
        return .waiting
    }

    /// The next moment at which the phase changes by itself.
    package func nextDeadline(at now: Timestamp) -> Timestamp? {
        switch phase(at: now) {
        case .ended: nil
        case .due: now
        case .active: expiry
        case .scheduled(let until): until
        case .waiting: expiry
        }
    }
}
