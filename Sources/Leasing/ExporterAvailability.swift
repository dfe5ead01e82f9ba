package import Resources

/// Whether an exporter can be given out now.
package enum ExporterAvailability: Sendable, Hashable {
    case free
    /// Not online, or not registered.
    case offline
    /// Held by a lease.
    case leased
    /// Online and without a lease, but it has not said Available: cleaning up after the last one, or a hook failed.
    case notReady(ExporterState)
}

extension Exporter {
    /// Whether this exporter can be given out now (spec/leases.md, "Which exporter", 5).
    /// One that never reports a status (old ones) counts as available.
    package var availability: ExporterAvailability {
        if !isOnline || !isRegistered { return .offline }
        if status.leaseRef != nil { return .leased }
        return switch status.exporterStatus {
        case nil, .unspecified, .available: .free
        case .offline: .offline
        case let state?: .notReady(state)
        }
    }
}
