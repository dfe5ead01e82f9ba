import Foundation
import Leasing
import Logging
import ObjectStore
import Resources

// Keeps one exporter's status true: credential, endpoint, online or not, and the lock word.
extension Lab {
    func reconcileExporter(_ key: ObjectKey) async throws {
        guard let exporter = exporters[key], let subject = CredentialSubject(exporter) else { return }
        let credential = try await ensureCredential(for: subject, owner: exporter)
        try await refreshHealth(of: key) { status in
            status.credential = LocalObjectReference(name: credential.secretName)
            status.endpoint = self.configuration.endpoint
        }
        try await releaseStaleClaim(on: key)
    }

    /// Writes what is due of an exporter's health, together with other changes, and sets the next deadline.
    func refreshHealth(
        of key: ObjectKey,
        alsoChanging change: (inout Exporter.Status) -> Void = { _ in }
    ) async throws {
        let moment = time.now()
        let wasOnline = exporters[key]?.isOnline
        var isHeartbeat = false
        let written = try await updateStatus(of: key) { status, exporter in
            change(&status)
            isHeartbeat = self.applyHealth(to: &status, of: exporter, at: moment)
        }
        if isHeartbeat { presence[key, default: ExporterPresence()].lastWritten = moment }
        if let wasOnline, wasOnline != written.isOnline { noteHealthChange(of: written) }
        setHealthDeadline(of: key, after: moment)
    }

    /// The last sign of life: now, while a Status stream is open.
    private func lastSeen(of exporter: Exporter, at moment: Date) -> Date? {
        let known = presence[exporter.key]
        if let known, known.streams > 0 { return moment }
        let stored = exporter.status.lastSeen?.date
        guard let seen = known?.lastSeen else { return stored }
        return max(seen, stored ?? .distantPast)
    }

    /// Answers whether `lastSeen` is to be written.
    private func applyHealth(to status: inout Exporter.Status, of exporter: Exporter, at moment: Date) -> Bool {
        let seen = lastSeen(of: exporter, at: moment).map(Timestamp.init)
        let condition = ExporterHealth.condition(
            lastSeen: seen,
            state: status.exporterStatus,
            offlineTimeout: configuration.offlineTimeout,
            now: Timestamp(moment),
            generation: exporter.metadata.generation
        )
        let isChange = status.conditions[type: condition.type]?.status != condition.status
        let sinceWrite = presence[exporter.key]?.lastWritten.map(moment.timeIntervalSince) ?? .infinity
        let isDue = isChange || (seen != status.lastSeen && sinceWrite >= configuration.heartbeatWriteInterval)
        if isDue {
            status.lastSeen = seen
            status.conditions.set(condition)
        }
        if condition.status == .isFalse && seen != nil && status.exporterStatus != .offline {
            status.exporterStatus = .offline
            status.statusMessage = condition.message
        }
        return isDue
    }

    private func noteHealthChange(of exporter: Exporter) {
        let name = exporter.metadata.name
        logger.info(
            exporter.isOnline ? "exporter online" : "exporter offline",
            metadata: ["exporter": "\(name)", "namespace": "\(exporter.key.namespace)"]
        )
        if exporter.isOnline {
            events.record(about: exporter, "ExporterOnline", "Exporter is connected")
        } else {
            let message =
                exporter.status.conditions[type: Exporter.ConditionType.online]?.message ?? "Exporter is offline"
            events.record(about: exporter, "ExporterOffline", message, severity: .warning)
        }
    }

    private func setHealthDeadline(of key: ObjectKey, after moment: Date) {
        guard let exporter = exporters[key] else { return }
        if presence[key]?.streams ?? 0 > 0 {
            let written = presence[key]?.lastWritten ?? moment
            enqueue(.exporter(key), noLaterThan: written.addingTimeInterval(configuration.heartbeatWriteInterval))
        } else if exporter.isOnline, let seen = lastSeen(of: exporter, at: moment) {
            let timeout = Double(configuration.offlineTimeout.nanoseconds) / 1e9
            // Timestamps are whole seconds and the rule is "more than": one second later it is surely true.
            enqueue(.exporter(key), noLaterThan: seen.addingTimeInterval(timeout + 1))
        }
    }

    /// Undoes a claim whose lease is gone, over, or has another exporter.
    ///
    /// What is known of the lease may be older than the claim, because each kind has a watch of its own. So the lease is
    /// read after the claim was seen, and the claim undone only as it was seen: by one compare-and-set without retry.
    private func releaseStaleClaim(on key: ObjectKey) async throws {
        guard var claimed = exporters[key], let name = claimed.status.leaseRef?.name else { return }
        let leaseKey = ObjectKey(namespace: key.namespace, name: name)
        if reservations[key] == leaseKey { return }
        if let lease = leases[leaseKey], !lease.status.ended, lease.exporterKey == key { return }
        try await refreshLease(leaseKey)
        if let lease = leases[leaseKey], !lease.status.ended, lease.exporterKey == key { return }
        claimed.status.leaseRef = nil
        do {
            _ = try await commit([.update(UnstructuredObject(claimed), .status)])
        } catch let error as StoreError where error.reason == .conflict || error.reason == .notFound {
            // Usually the claim was undone already, and the event of it is on its way.
            try await refreshExporter(key)
            throw error
        }
        logger.warning(
            "an exporter is freed from a lease that does not have it",
            metadata: ["exporter": "\(key.name)", "namespace": "\(key.namespace)", "lease_id": "\(name)"]
        )
        if let lease = leases[leaseKey] { forgetIfDone(lease) }
    }
}
