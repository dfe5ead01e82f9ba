import Leasing
import ObjectStore
import Resources

// An exporter is chosen before a new lease is written, so that the object is created with its owner and the assignment
// needs one write less (docs/design/writes-of-a-lease.md).
extension Lab {
    /// Chooses the exporter that a lease would get now and keeps it for the lease, which is about to be created.
    /// Answers its owner reference; nil when the lease would have to wait.
    func promiseExporter(to lease: Lease) -> OwnerReference? {
        let key = lease.key
        guard leases[key] == nil, promises[key] == nil, lease.phase(at: now) == .waiting else { return nil }
        let newest = WaitingLease(lease: lease, arrival: lastArrival + 1)
        let waiting = waitingLeases(in: key.namespace, at: now) + [newest]
        guard case .assign(let candidate)? = decide(waiting, in: key.namespace)[key.name] else { return nil }
        let exporter = ObjectKey(namespace: key.namespace, name: candidate.exporter)
        guard let owner = exporters[exporter]?.controllerReference else { return nil }
        promises[key] = candidate
        reservations[exporter] = key
        return owner
    }

    /// Takes a promise back: the lease was not created, or it has been decided on otherwise.
    func withdrawPromise(to lease: ObjectKey) {
        guard let candidate = promises.removeValue(forKey: lease) else { return }
        let exporter = ObjectKey(namespace: lease.namespace, name: candidate.exporter)
        guard reservations[exporter] == lease else { return }
        reservations[exporter] = nil
        unscheduled.insert(lease.namespace)
    }

    /// Takes the owner away from a lease that was created for an exporter and did not get it: with that exporter it would
    /// be deleted.
    func disown(_ lease: Lease) async throws {
        var disowned = lease
        disowned.metadata.ownerReferences.removeAll {
            $0.controller == true && $0.kind == Exporter.resourceType.kind
        }
        if lease.status.exporterRef != nil || disowned == lease { return }
        do {
            _ = try await commit([.update(UnstructuredObject(disowned), .main)])
        } catch let error as StoreError where error.reason == .conflict || error.reason == .notFound {
            try await refreshLease(lease.key)
        }
    }

    /// Keeps a promise once the lease is there. Only the leader assigns; on another replica it has served its purpose.
    func keepPromise(to lease: Lease) {
        guard let candidate = promises[lease.key] else { return }
        if leadership.isLeader {
            accept(candidate, promisedTo: lease.key)
        } else if lease.isDecided {
            withdrawPromise(to: lease.key)
        }
    }

    func accept(_ candidate: Candidate, promisedTo lease: ObjectKey) {
        promises[lease] = nil
        verdicts[lease] = .assign(candidate)
        enqueue(.lease(lease))
    }
}
