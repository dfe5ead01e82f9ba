package import Fleet
package import Reconciling
package import Resources

/// Decides which tunnels may go on: those of a client that has the lease.
package struct TunnelWarden: Sendable {
    private let lab: Lab

    package init(lab: Lab) { self.lab = lab }

    /// Whether the tunnels of a client in a lease may go on. What is known here does when it says that they may; else
    /// the store is asked.
    package func standing(of owner: TunnelOwner) async -> LeaseStanding {
        let parts = owner.lease.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .holds }
        let key = ObjectKey(namespace: String(parts[0]), name: String(parts[1]))
        do {
            let known = try await lab.lease(key)
            if Self.reasonToCut(owner, known) == nil { return .holds }
            let lease = try await lab.freshLease(key)
            guard let reason = Self.reasonToCut(owner, lease) else { return .holds }
            return .over(CutOrder(owner: owner, reason: reason, graceSeconds: try await grace(for: lease)))
        } catch LabError.notFound {
            return .over(CutOrder(owner: owner, reason: "lease \(key.name) was deleted"))
        } catch {
            return .unknown
        }
    }

    /// A tunnel that began just before its lease ended is first heard of afterwards.
    private func grace(for lease: Lease) async throws -> Double {
        guard lease.status.ended, let name = lease.status.exporterRef?.name else { return 0 }
        return try await lab.exporter(ObjectKey(namespace: lease.key.namespace, name: name))?.tearDownSeconds ?? 0
    }

    private static func reasonToCut(_ owner: TunnelOwner, _ lease: Lease) -> String? {
        let name = lease.metadata.name
        if let uid = owner.uid, let current = lease.metadata.uid, uid != current { return "lease \(name) was deleted" }
        if lease.status.ended { return reason(lease) }
        if let client = owner.client, !client.isEmpty, client != lease.spec.clientRef.name {
            return "lease \(name) belongs to another client now"
        }
        return nil
    }

    private static func reason(_ lease: Lease) -> String {
        let name = lease.metadata.name
        guard lease.status.ended else { return "lease \(name) was deleted" }
        let why = lease.status.conditions[type: Lease.ConditionType.ready]?.message ?? ""
        return "lease \(name) has ended" + (why.isEmpty ? "" : ": \(why)")
    }

    /// The order for a lease that is over.
    /// - Parameter exporter: The one that it had, as it is now.
    package static func order(for lease: Lease, exporter: Exporter?) -> CutOrder {
        CutOrder(
            owner: TunnelOwner(lease: "\(lease.key.namespace)/\(lease.key.name)", uid: lease.metadata.uid),
            reason: reason(lease),
            graceSeconds: exporter?.tearDownSeconds ?? 0
        )
    }

    /// The order for a lease that went from one client to another.
    package static func order(for lease: Lease, formerClient: String) -> CutOrder {
        CutOrder(
            owner: TunnelOwner(
                lease: "\(lease.key.namespace)/\(lease.key.name)",
                uid: lease.metadata.uid,
                client: formerClient
            ),
            reason: "lease \(lease.metadata.name) belongs to another client now"
        )
    }
}

extension Exporter {
    /// How long the tunnels of its lease may go on once that is over, in seconds, because it ends the session by itself.
    ///
    /// One that is ending it may still have to tell the client why. One that is in the middle of it hears of the end
    /// only now, and both ends would report a broken stream if they were cut off before.
    fileprivate var tearDownSeconds: Double {
        switch status.exporterStatus {
        case .afterLeaseHook, .afterLeaseHookFailed, .beforeLeaseHookFailed: 5
        // Tunnels are gone two seconds after the end; the order takes its time, too.
        case .beforeLeaseHook, .leaseReady: 1.5
        case nil, .unspecified, .offline, .available: 0
        }
    }
}
