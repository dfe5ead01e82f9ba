import ControllerService
import Fleet
import Observability
import Reconciling
import Resources

/// Counts what happens to leases, and has the tunnels cut of those that are over.
struct LeaseObserver: LabObserver {
    private let acquisitions: LeaseAcquisitionMetrics
    private let ended: PrometheusCounter
    private let fleet: RouterFleet

    init(registry: PrometheusRegistry, acquisitions: LeaseAcquisitionMetrics, fleet: RouterFleet) {
        self.fleet = fleet
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

    func leaseIsOver(_ lease: Lease, exporter: Exporter?) {
        fleet.cut(TunnelWarden.order(for: lease, exporter: exporter))
    }

    func leaseWasHandedOver(_ lease: Lease, formerClient: String) {
        fleet.cut(TunnelWarden.order(for: lease, formerClient: formerClient))
    }
}
