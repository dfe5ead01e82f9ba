import Foundation
import Leasing
import Logging
import ObjectStore
import Resources

// Brings one lease a step further. Level-based: it looks only at how things are, never at what happened, so that a
// half of an assignment that a crash left behind is undone like everything else that is not as it should be.
extension Lab {
    func reconcileLease(_ key: ObjectKey) async throws {
        guard let lease = leases[key] else { return }
        let moment = now
        let phase = lease.phase(at: moment)
        if phase != .waiting || orphans.contains(key) { dropVerdict(on: key) }
        switch phase {
        case .ended: try await tidyUp(lease)
        case .waiting where orphans.contains(key), .scheduled where orphans.contains(key):
            try await end(lease, .released, "client \(lease.spec.clientRef.name) was deleted", at: moment)
        case .due(let reason): try await end(lease, reason, reason.message(for: lease), at: moment)
        case .active: try await keep(lease, at: moment)
        case .scheduled(let begin): try await markScheduled(lease, begin, at: moment)
        case .waiting: try await carryOutVerdict(on: lease, at: moment)
        }
    }

    private func carryOutVerdict(on lease: Lease, at moment: Timestamp) async throws {
        // Nothing decided yet: a scheduled lease whose time has just come.
        guard let verdict = verdicts[lease.key] else {
            if lease.status.conditions.isEmpty || lease.isMarkedScheduled { unscheduled.insert(lease.key.namespace) }
            return
        }
        switch verdict {
        case .assign(let candidate):
            try await assign(candidate, to: lease, at: moment)
        case .pending(let why):
            try await writeStatus(of: lease) { $0.markPending(why, generation: lease.metadata.generation, now: moment) }
            try await disown(leases[lease.key] ?? lease)
        case .unsatisfiable(let why):
            try await refuse(lease, why) {
                $0.markUnsatisfiable(why, generation: lease.metadata.generation, now: moment)
            }
        case .invalid(let why):
            try await refuse(lease, why) { $0.markInvalid(why, generation: lease.metadata.generation, now: moment) }
        }
        // Kept until here, so that a failed write is tried again; a newer verdict stays.
        if verdicts[lease.key] == verdict { dropVerdict(on: lease.key) }
    }

    /// Claims the exporter first, by compare-and-set on its resource version, then gives it to the lease. Whatever
    /// goes wrong, a claim without a lease is undone by `reconcileExporter`, and a lease never holds an exporter
    /// without the claim (architecture.md, "How a lease flows", 3).
    private func assign(_ candidate: Candidate, to lease: Lease, at moment: Timestamp) async throws {
        let key = ObjectKey(namespace: lease.key.namespace, name: candidate.exporter)
        guard let exporter = exporters[key], exporter.availability == .free, self.candidate(exporter, for: lease) != nil
        else {
            unscheduled.insert(key.namespace)
            return
        }
        _ = try await give(exporter, candidate, to: lease, at: moment)
    }

    /// Gives a lease an exporter: the claim, unless it is there already, then the lease's status, then what is missing
    /// of its labels and its owner. False when a race was lost; the picture is fresh then.
    func give(_ exporter: Exporter, _ candidate: Candidate, to lease: Lease, at moment: Timestamp) async throws -> Bool
    {
        guard let owner = exporter.controllerReference else { return false }
        var claimed = exporter
        claimed.status.leaseRef = LocalObjectReference(name: lease.metadata.name)
        var assigned = lease
        assigned.status.markReady(candidate, generation: lease.metadata.generation, now: moment)
        var operations: [WriteOperation] = []
        if exporter.status != claimed.status { operations.append(.update(try UnstructuredObject(claimed), .status)) }
        operations.append(.update(try UnstructuredObject(assigned), .status))
        if assigned.labelsNeedWriting || !lease.metadata.ownerReferences.contains(owner) {
            operations.append(
                .patch(.leases, lease.key, .metadata(labels: assigned.serviceLabels, owner: owner), .main)
            )
        }
        do {
            _ = try await commit(operations)
        } catch let error as StoreError where error.reason == .conflict || error.reason == .notFound {
            try await refreshExporter(exporter.key)
            try await refreshLease(lease.key)
            unscheduled.insert(lease.key.namespace)
            return false
        }
        observer.leaseAcquired(assigned)
        logger.info("lease assigned", metadata: assigned.logMetadata)
        events.record(about: assigned, "LeaseAssigned", "Assigned exporter \(candidate.exporter)")
        return true
    }

    /// What the lease gets with the exporter as both are now; nil when it may not have it.
    func candidate(_ exporter: Exporter, for lease: Lease) -> Candidate? {
        var view = LabView(exporters: [exporter.metadata.name: exporter])
        view.clients[lease.spec.clientRef.name] = clients[lease.clientKey]
        view.policies = Array(policies[namespace: lease.key.namespace].values)
        guard case .candidates(let candidates) = LeaseEligibility(of: lease, in: view) else { return nil }
        return candidates.first
    }

    /// Makes sure that an active lease really holds its exporter.
    private func keep(_ lease: Lease, at moment: Timestamp) async throws {
        // The watches are not in step with each other: only the store says that something is gone.
        if clients[lease.clientKey] == nil { try await refreshClient(lease.clientKey) }
        if let key = lease.exporterKey, exporters[key] == nil { try await refreshExporter(key) }
        if clients[lease.clientKey] == nil {
            return try await end(lease, .released, "client \(lease.spec.clientRef.name) was deleted", at: moment)
        }
        guard let key = lease.exporterKey else { return }
        guard var exporter = exporters[key] else {
            return try await end(lease, .released, "exporter \(key.name) was deleted", at: moment)
        }
        switch exporter.status.leaseRef?.name {
        case lease.metadata.name?:
            try await writeLabels(of: lease)
        case nil:
            // The lock word was lost, by a restored backup for instance: take it again.
            exporter.status.leaseRef = LocalObjectReference(name: lease.metadata.name)
            do {
                _ = try await commit([.update(UnstructuredObject(exporter), .status)])
            } catch let error as StoreError where error.reason == .conflict {
                try await refreshExporter(key)
                try await refreshLease(lease.key)
                throw error
            }
        case let other?:
            let why = "exporter \(key.name) is held by lease \(other)"
            logger.error("a lease names an exporter that it does not hold", metadata: lease.logMetadata)
            try await end(lease, .released, why, at: moment)
        }
    }

    private func markScheduled(_ lease: Lease, _ begin: Timestamp, at moment: Timestamp) async throws {
        if let refusal = LeaseEligibility.specificationRefusal(of: lease) {
            return try await refuse(lease, refusal) {
                $0.markInvalid(refusal, generation: lease.metadata.generation, now: moment)
            }
        }
        let why = Explanation(Explanation.scheduled, "the lease begins at \(begin)")
        try await writeStatus(of: lease) { $0.markPending(why, generation: lease.metadata.generation, now: moment) }
        try await writeLabels(of: leases[lease.key] ?? lease)
    }

    /// Ends a lease, sets its label and frees its exporter, in this order: an exporter is free only once the lease that
    /// had it is over.
    /// - Parameter releasing: Whether spec.release is still to be set, which costs no write of its own.
    func end(
        _ lease: Lease,
        _ reason: EndReason,
        _ message: String,
        at moment: Timestamp,
        releasing: Bool = false
    ) async throws {
        var ended = lease
        ended.status.markEnded(reason, message: message, generation: lease.metadata.generation, now: moment)
        try await commitEnd(of: ended, releasing: releasing)
        observer.leaseEnded(ended)
        logger.info("lease ended", metadata: ended.logMetadata.merging(["reason": "\(message)"]) { $1 })
        events.record(about: ended, "Lease\(reason.rawValue)", message)
    }

    private func refuse(_ lease: Lease, _ why: Explanation, _ mark: (inout Lease.Status) -> Void) async throws {
        var refused = lease
        mark(&refused.status)
        try await commitEnd(of: refused)
        observer.leaseRefused(refused)
        logger.info("lease refused", metadata: refused.logMetadata.merging(["reason": "\(why.message)"]) { $1 })
        events.record(about: refused, why.reason, why.message, severity: .warning)
    }

    private func commitEnd(of lease: Lease, releasing: Bool = false) async throws {
        var operations: [WriteOperation] = [
            .update(try UnstructuredObject(lease), .status),
            .patch(
                .leases,
                lease.key,
                .metadata(labels: lease.serviceLabels, owner: nil, releasing: releasing),
                .main
            ),
        ]
        if let key = lease.exporterKey, var exporter = exporters[key],
            exporter.status.leaseRef?.name == lease.metadata.name
        {
            exporter.status.leaseRef = nil
            operations.append(.update(try UnstructuredObject(exporter), .status))
            // The news of the first writes comes back before the last is done; nobody else need free the exporter.
            reservations[key] = lease.key
        }
        defer { endReservation(of: lease) }
        do {
            _ = try await commit(operations)
        } catch let error as StoreError where error.reason == .conflict || error.reason == .notFound {
            try await refreshLease(lease.key)
            if let key = lease.exporterKey {
                try await refreshExporter(key)
                enqueue(.exporter(key))
            }
            throw error
        }
    }

    private func endReservation(of lease: Lease) {
        guard let key = lease.exporterKey, reservations[key] == lease.key else { return }
        reservations[key] = nil
        unscheduled.insert(key.namespace)
        if exporters[key]?.status.leaseRef?.name == lease.metadata.name { enqueue(.exporter(key)) }
    }

    /// The rest of an ending that was interrupted.
    private func tidyUp(_ lease: Lease) async throws {
        try await writeLabels(of: lease)
        if let key = lease.exporterKey, exporters[key]?.status.leaseRef?.name == lease.metadata.name {
            enqueue(.exporter(key))
        }
        if let current = leases[lease.key] { forgetIfDone(current) }
    }

    private func writeLabels(of lease: Lease) async throws {
        guard lease.labelsNeedWriting else { return }
        _ = try await commit([.patch(.leases, lease.key, .metadata(labels: lease.serviceLabels, owner: nil), .main)])
    }

    func writeStatus(of lease: Lease, _ change: (inout Lease.Status) -> Void) async throws {
        var changed = lease
        change(&changed.status)
        if changed.status == lease.status { return }
        do {
            _ = try await commit([.update(UnstructuredObject(changed), .status)])
        } catch let error as StoreError where error.reason == .conflict || error.reason == .notFound {
            try await refreshLease(lease.key)
            unscheduled.insert(lease.key.namespace)
        }
    }
}

extension EndReason {
    func message(for lease: Lease) -> String {
        switch self {
        case .released: "the lease was released"
        case .expired: "the lease expired at \(lease.expiry?.description ?? "its end")"
        }
    }
}

extension Explanation {
    fileprivate static let scheduled = "Scheduled"
}

extension LeaseEligibility {
    /// What is wrong with the lease itself, whatever the lab looks like.
    fileprivate static func specificationRefusal(of lease: Lease) -> Explanation? {
        if case .refused(.invalid(let why)) = LeaseEligibility(of: lease, in: LabView()) { why } else { nil }
    }
}

extension Lease {
    fileprivate var isMarkedScheduled: Bool {
        status.conditions[type: ConditionType.pending]?.reason == Explanation.scheduled
    }

    /// What every log line about a lease carries.
    var logMetadata: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "lease_id": "\(self.metadata.name)", "namespace": "\(self.metadata.namespace ?? "")",
            "client": "\(spec.clientRef.name)",
        ]
        if let exporter = status.exporterRef?.name { metadata["exporter"] = "\(exporter)" }
        if !spec.context.isEmpty { metadata["context"] = .dictionary(spec.context.mapValues { "\($0)" }) }
        return metadata
    }
}

extension Patch {
    /// A merge patch of labels and, when given, the controlling owner and spec.release.
    fileprivate static func metadata(
        labels: [String: String],
        owner: OwnerReference?,
        releasing: Bool = false
    ) -> Patch {
        var metadata: [String: JSONValue] = ["labels": .object(labels.mapValues(JSONValue.string))]
        if let owner {
            metadata["ownerReferences"] = [
                [
                    "apiVersion": .string(owner.apiVersion), "kind": .string(owner.kind), "name": .string(owner.name),
                    "uid": .string(owner.uid), "controller": true,
                ]
            ]
        }
        var patch: [String: JSONValue] = ["metadata": .object(metadata)]
        if releasing { patch["spec"] = ["release": true] }
        return .merge(.object(patch))
    }
}
