package import Resources

/// Who wants to know what happens to leases: metrics, mostly.
package protocol LabObserver: Sendable {
    /// A lease got its exporter.
    func leaseAcquired(_ lease: Lease)
    /// A lease can never be had.
    func leaseRefused(_ lease: Lease)
    /// A lease is over: told by the replica that ended it.
    func leaseEnded(_ lease: Lease)
    /// A lease is over, or was deleted: told by every replica as soon as it knows, and maybe more than once.
    /// - Parameter exporter: The one that it had, as it is known now.
    func leaseIsOver(_ lease: Lease, exporter: Exporter?)
    /// A lease was given to another client: told by every replica.
    func leaseWasHandedOver(_ lease: Lease, formerClient: String)
}

extension LabObserver {
    package func leaseIsOver(_ lease: Lease, exporter: Exporter?) {}
    package func leaseWasHandedOver(_ lease: Lease, formerClient: String) {}
}

/// Observes nothing.
package struct NoLabObserver: LabObserver {
    package init() {}
    package func leaseAcquired(_ lease: Lease) {}
    package func leaseRefused(_ lease: Lease) {}
    package func leaseEnded(_ lease: Lease) {}
}
