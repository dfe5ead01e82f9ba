import Leasing
import Logging
import ObjectStore
import Resources

// What becomes of a claim that no lease speaks of: a half of an assignment that a crash, or another leader that is still
// at it, has left (docs/design/lock-word.md).
//
// It is undone, never completed. Whoever gives an exporter to a lease writes the lease as it was before the claim; so once
// the lease has been written after the claim was seen, that write can only fail, and the claim is of no use to anybody.
extension Lab {
    /// Undoes a claim whose lease does not name the exporter.
    ///
    /// What is known of the lease may be older than the claim, because each kind has a watch of its own. So the lease is
    /// read after the claim was seen.
    func settleClaim(on key: ObjectKey) async throws {
        guard let claimed = exporters[key], let name = claimed.status.leaseRef?.name else { return }
        let leaseKey = ObjectKey(namespace: key.namespace, name: name)
        if reservations[key] == leaseKey || isHeld(claimed, by: leaseKey) { return }
        try await refreshLease(leaseKey)
        if let lease = leases[leaseKey], !lease.status.ended, lease.exporterKey == nil {
            try await fence(lease, from: claimed)
        }
        if isHeld(claimed, by: leaseKey) { return }
        try await undo(claimed, by: leaseKey)
    }

    private func isHeld(_ exporter: Exporter, by key: ObjectKey) -> Bool {
        guard let lease = leases[key] else { return false }
        return !lease.status.ended && lease.exporterKey == exporter.key
    }

    /// Makes sure that the lease has been written since the claim was seen, by us or by somebody else.
    private func fence(_ lease: Lease, from exporter: Exporter) async throws {
        let claim = "\(exporter.metadata.name) as of version \(exporter.metadata.resourceVersion ?? "")"
        let why = Explanation("NotAvailable", "the claim of exporter \(claim) led to nothing and is undone")
        if lease.status.conditions[type: Lease.ConditionType.pending]?.message == why.message { return }
        try await writeStatus(of: lease) { $0.markPending(why, generation: lease.metadata.generation, now: self.now) }
        if let current = leases[lease.key], current.version == lease.version {
            throw StoreError.conflict(.leases, lease.key, "the lease could not be kept from an exporter")
        }
    }

    /// Undoes the claim only as it was seen: by one compare-and-set without retry.
    private func undo(_ exporter: Exporter, by leaseKey: ObjectKey) async throws {
        var freed = exporter
        freed.status.leaseRef = nil
        do {
            _ = try await commit([.update(UnstructuredObject(freed), .status)])
        } catch let error as StoreError where error.reason == .conflict || error.reason == .notFound {
            // Usually the claim was undone already, and the event of it is on its way.
            try await refreshExporter(exporter.key)
            throw error
        }
        logger.warning(
            "an exporter is freed from a lease that does not have it",
            metadata: [
                "exporter": "\(exporter.key.name)", "namespace": "\(exporter.key.namespace)",
                "lease_id": "\(leaseKey.name)",
            ]
        )
        if let lease = leases[leaseKey] { forgetIfDone(lease) }
    }
}
