import Leasing
import Resources

// From changes to verdicts.
extension Lab {
    /// Decides anew for every namespace in which something relevant changed.
    func scheduleIfNeeded() {
        guard isSynced, !unscheduled.isEmpty else { return }
        let namespaces = unscheduled
        unscheduled = []
        guard leadership.isLeader else { return }
        for namespace in namespaces { schedule(namespace) }
    }

    private func schedule(_ namespace: String) {
        let waiting = waitingLeases(in: namespace, at: now)
        if waiting.isEmpty { return }
        for (name, verdict) in decide(waiting, in: namespace) {
            accept(verdict, for: ObjectKey(namespace: namespace, name: name))
        }
    }

    /// The leases that want an exporter and have none in sight.
    func waitingLeases(in namespace: String, at moment: Timestamp) -> [WaitingLease] {
        unassigned[namespace, default: []].compactMap { key in
            guard let lease = leases[key], lease.phase(at: moment) == .waiting, !isBeingAssigned(key),
                !orphans.contains(key)
            else { return nil }
            return WaitingLease(lease: lease, arrival: arrivals[key] ?? 0)
        }
    }

    func decide(_ waiting: [WaitingLease], in namespace: String) -> [String: LeaseVerdict] {
        let reserved = Set(reservations.keys.filter { $0.namespace == namespace }.map(\.name))
        return SchedulingRound.decide(waiting: waiting, view: view(of: namespace), reserved: reserved)
    }

    private func isBeingAssigned(_ key: ObjectKey) -> Bool {
        if case .assign = verdicts[key] { true } else { false }
    }

    /// Forgets what was decided on a lease; an exporter that was reserved for it can be had again.
    func dropVerdict(on key: ObjectKey) {
        guard case .assign(let candidate)? = verdicts.removeValue(forKey: key) else { return }
        let exporter = ObjectKey(namespace: key.namespace, name: candidate.exporter)
        guard reservations[exporter] == key else { return }
        reservations[exporter] = nil
        unscheduled.insert(key.namespace)
        // While it was reserved, nobody looked at whether its claim was stale.
        if exporters[exporter]?.status.leaseRef != nil { enqueue(.exporter(exporter)) }
    }

    private func accept(_ verdict: LeaseVerdict, for key: ObjectKey) {
        guard let lease = leases[key] else { return }
        switch verdict {
        case .assign(let candidate):
            reservations[ObjectKey(namespace: key.namespace, name: candidate.exporter)] = key
        case .pending(let why):
            // Only a new reason is worth a write; names in the message may lag behind.
            let condition = lease.status.conditions[type: Lease.ConditionType.pending]
            if condition?.status == .isTrue && condition?.reason == why.reason { return verdicts[key] = nil }
        case .unsatisfiable, .invalid:
            break
        }
        verdicts[key] = verdict
        enqueue(.lease(key))
    }

    /// What a decision sees of a namespace.
    func view(of namespace: String) -> LabView {
        var view = LabView()
        view.exporters = exporters[namespace: namespace]
        view.policies = Array(policies[namespace: namespace].values)
        // Without policies nobody asks who the client is.
        if !view.policies.isEmpty { view.clients = clients[namespace: namespace] }
        return view
    }
}
