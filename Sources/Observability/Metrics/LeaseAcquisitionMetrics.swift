package import Foundation

/// `jumpstarter_lease_acquisitions_total{result=...}`: how requests for a lease ended. Both series are there from the
/// start at 0, so that a rate can be computed from the first one on.
package struct LeaseAcquisitionMetrics: Sendable {
    /// The name, which dashboards know.
    package static let name = "jumpstarter_lease_acquisitions_total"

    /// How a request for a lease ended.
    package enum Result: String, CaseIterable, Hashable, Sendable {
        /// An exporter was assigned.
        case success
        /// The lease ended without one: unsatisfiable or invalid.
        case failure
    }

    private let success: PrometheusCounter
    private let failure: PrometheusCounter
    private let now: @Sendable () -> Date

    /// Registers both series.
    package init(registry: PrometheusRegistry, now: @escaping @Sendable () -> Date) {
        registry.describe(Self.name, help: "Requests for a lease, by how they ended.")
        success = registry.counter(Self.name, [("result", Result.success.rawValue)])
        failure = registry.counter(Self.name, [("result", Result.failure.rawValue)])
        self.now = now
    }

    /// Counts one; the lease and its client become the exemplar.
    package func record(_ result: Result, client: String, leaseID: String) {
        let labels = [MetricLabel("client", client), MetricLabel("lease_id", leaseID)]
        let exemplar = Exemplar(labels: labels, value: 1, date: now())
        switch result {
        case .success: success.increment(by: 1, exemplar: exemplar)
        case .failure: failure.increment(by: 1, exemplar: exemplar)
        }
    }
}
