import Leasing
import Resources

/// The rules of "Which exporter" in the plainest words, as a second opinion: it looks at one pair after the other and
/// again and again for the best pair that is left.
struct NaiveScheduler {
    let lab: RandomLab

    /// The terms on which a lease may have an exporter; nil when it may not.
    func terms(_ lease: Lease, _ exporter: Exporter) -> (spot: Bool, priority: Int)? {
        if let name = lease.spec.exporterRef?.name {
            if name != exporter.metadata.name { return nil }
            if !exporter.spec.enabled && !lease.spec.allowDisabled { return nil }
        } else if !exporter.spec.enabled {
            return nil
        }
        for (key, value) in lease.spec.selector.matchLabels where exporter.metadata.labels[key] != value { return nil }
        if lab.view.policies.isEmpty { return (false, 0) }
        var best: (spot: Bool, priority: Int)?
        for policy in lab.view.policies {
            guard policy.spec.exporterSelector.matchLabels.allSatisfy({ exporter.metadata.labels[$0.key] == $0.value })
            else { continue }
            for entry in policy.spec.policies where allows(entry, lease) {
                let isBetter = best.map { rank(entry.spotAccess, entry.priority) < rank($0.spot, $0.priority) } ?? true
                if isBetter { best = (entry.spotAccess, entry.priority) }
            }
        }
        return best
    }

    private func allows(_ entry: ExporterAccessPolicy.Entry, _ lease: Lease) -> Bool {
        let labels = lab.view.clients[lease.spec.clientRef.name]?.metadata.labels ?? [:]
        let knows = entry.from.contains { source in
            source.clientSelector.matchLabels.allSatisfy { labels[$0.key] == $0.value }
        }
        guard knows, let maximum = entry.maximumDuration else { return knows }
        return (lease.spec.duration ?? .zero) <= maximum
    }

    private func rank(_ spot: Bool, _ priority: Int) -> (Int, Int) { (spot ? 1 : 0, -priority) }

    func isFree(_ exporter: Exporter) -> Bool {
        let conditions = exporter.status.conditions
        return conditions.isTrue("Online") && conditions.isTrue("Registered") && exporter.status.leaseRef == nil
            && !lab.reserved.contains(exporter.metadata.name)
            && [nil, .unspecified, .available].contains(exporter.status.exporterStatus)
    }

    func assignments() -> [String: String] {
        var result: [String: String] = [:]
        var leases = lab.waiting
        var exporters = lab.view.exporters.values.filter(isFree)
        while let pick = bestPair(leases, exporters) {
            result[pick.lease] = pick.exporter
            leases.removeAll { $0.lease.metadata.name == pick.lease }
            exporters.removeAll { $0.metadata.name == pick.exporter }
        }
        return result
    }

    private func bestPair(_ leases: [WaitingLease], _ exporters: [Exporter]) -> (lease: String, exporter: String)? {
        var best: (rank: (Int, Int, UInt64, String), lease: String)?
        for entry in leases {
            for exporter in exporters {
                guard let terms = terms(entry.lease, exporter) else { continue }
                let (spot, priority) = rank(terms.spot, terms.priority)
                let rank = (spot, priority, entry.arrival, exporter.metadata.name)
                if best.map({ rank < $0.rank }) ?? true { best = (rank, entry.lease.metadata.name) }
            }
        }
        return best.map { ($0.lease, $0.rank.3) }
    }
}
