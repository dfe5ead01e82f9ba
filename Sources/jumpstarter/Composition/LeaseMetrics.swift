import Observability
import Reconciling
import Resources

/// Counts what happens to leases.
struct LeaseMetrics: LabObserver {
    private let acquisitions: LeaseAcquisitionMetrics
    private let ended: PrometheusCounter

    init(registry: PrometheusRegistry, acquisitions: LeaseAcquisitionMetrics) {
        self.acquisitions = acquisitions
        registry.describe("jumpstarter_leases_ended_total", help: "Leases that were released or expired.")
        ended = registry.counter("jumpstarter_leases_ended_total")
    }

    func leaseAcquired(_ lease: Lease) {
        acquisitions.record(.success, client: lease.spec.clientRef.name, leaseID: lease.metadata.name)
    }

    func leaseRefused(_ lease: Lease) {
        acquisitions.record(.failure, client: lease.spec.clientRef.name, leaseID: lease.metadata.name)
    }

    func leaseEnded(_ lease: Lease) { ended.increment(by: Int64(1)) }
}
