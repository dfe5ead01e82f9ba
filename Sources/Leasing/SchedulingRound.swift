package import Resources

/// A lease that wants an exporter, with its place in the queue.
package struct WaitingLease: Sendable {
    package var lease: Lease
    /// The order in which the leases came: less is older. Finer than the creation time, which has whole seconds.
    package var arrival: UInt64

    package init(lease: Lease, arrival: UInt64) {
        self.lease = lease
        self.arrival = arrival
    }
}

/// One decision over everything that waits in a namespace: a pure function of what is known.
///
/// Free exporters go to the waiting lease of the highest priority, then of the greatest age; a lease that could have
/// several takes the best for it (spec/leases.md, "Which exporter", 6).
package enum SchedulingRound {
    /// A verdict for each waiting lease, by name.
    ///
    /// No exporter is given out twice, and none that is held already.
    /// - Parameter reserved: Exporters that an assignment under way has taken already.
    package static func decide(
        waiting: [WaitingLease],
        view: LabView,
        reserved: Set<String> = []
    ) -> [String: LeaseVerdict] {
        var verdicts: [String: LeaseVerdict] = [:]
        var offers: [Offer] = []
        var unserved: [String: [Candidate]] = [:]
        for entry in waiting {
            switch LeaseEligibility(of: entry.lease, in: view) {
            case .refused(let verdict):
                verdicts[entry.lease.metadata.name] = verdict
            case .candidates(let candidates):
                let name = entry.lease.metadata.name
                unserved[name] = candidates
                offers += candidates.filter { isFree($0.exporter, view: view, reserved: reserved) }
                    .map { Offer(lease: name, arrival: entry.arrival, candidate: $0) }
            }
        }
        for offer in assigned(offers) {
            verdicts[offer.lease] = .assign(offer.candidate)
            unserved[offer.lease] = nil
        }
        for (name, candidates) in unserved {
            verdicts[name] = pendingVerdict(candidates, view: view, reserved: reserved)
        }
        return verdicts
    }

    private struct Offer {
        var lease: String
        var arrival: UInt64
        var candidate: Candidate

        static func precedes(_ left: Offer, _ right: Offer) -> Bool {
            if left.candidate.spotAccess != right.candidate.spotAccess { return !left.candidate.spotAccess }
            if left.candidate.priority != right.candidate.priority {
                return left.candidate.priority > right.candidate.priority
            }
            return (left.arrival, left.candidate.exporter) < (right.arrival, right.candidate.exporter)
        }
    }

    /// The offers that are taken up: each lease and each exporter once.
    private static func assigned(_ offers: [Offer]) -> [Offer] {
        var taken: Set<String> = []
        var served: Set<String> = []
        return offers.sorted(by: Offer.precedes).filter { offer in
            guard !served.contains(offer.lease), taken.insert(offer.candidate.exporter).inserted else { return false }
            served.insert(offer.lease)
            return true
        }
    }

    private static func isFree(_ name: String, view: LabView, reserved: Set<String>) -> Bool {
        !reserved.contains(name) && view.exporters[name]?.availability == .free
    }

    /// Step 5: why a lease that may have an exporter has none yet.
    private static func pendingVerdict(_ candidates: [Candidate], view: LabView, reserved: Set<String>) -> LeaseVerdict
    {
        let states = candidates.compactMap { candidate in
            view.exporters[candidate.exporter].map { (name: candidate.exporter, availability: $0.availability) }
        }
        let online = states.filter { $0.availability != .offline }
        if online.isEmpty {
            let verb = states.count == 1 ? "is" : "are all"
            return .pending(Explanation("Offline", "\(list(states.map(\.name))) \(verb) offline"))
        }
        let unheld = online.filter { $0.availability != .leased && !reserved.contains($0.name) }
        let notReady = unheld.compactMap { entry -> String? in
            guard case .notReady(let state) = entry.availability else { return nil }
            return "\(entry.name) (\(state.rawValue))"
        }
        if !unheld.isEmpty && notReady.count == unheld.count {
            return .pending(Explanation("NotReady", "\(list(notReady)) finishing or recovering from the last lease"))
        }
        let verb = online.count == 1 ? "is" : "are all"
        return .pending(Explanation("NotAvailable", "\(list(online.map(\.name))) \(verb) leased"))
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.sorted().prefix(5).joined(separator: ", ")
        let more = names.count > 5 ? " and \(names.count - 5) more" : ""
        return names.count == 1 ? "exporter \(shown)" : "exporters \(shown)\(more)"
    }
}
