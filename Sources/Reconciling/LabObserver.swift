package import Resources

/// Who wants to know what happens to leases: metrics, mostly.
package protocol LabObserver: Sendable {
    /// A lease got its exporter.
    func leaseAcquired(_ lease: Lease)
    /// A lease can never be had.
    func leaseRefused(_ lease: Lease)
    /// A lease is over.
    func leaseEnded(_ lease: Lease)
}

/// Observes nothing.
package struct NoLabObserver: LabObserver {
    package init() {}
    package func leaseAcquired(_ lease: Lease) {}
    package func leaseRefused(_ lease: Lease) {}
    package func leaseEnded(_ lease: Lease) {}
}
