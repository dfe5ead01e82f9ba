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
        try await settleClaim(on: key)
    }

    /// What a replica that does not lead does for an exporter: it writes the signs of life that only it has seen.
    func keepAlive(_ key: ObjectKey) async throws {
        guard exporters[key] != nil, presence[key]?.streams ?? 0 > 0 else { return }
        try await refreshHealth(of: key)
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

    /// Whether other replicas may have had no time yet, since the store was away, to write that they see the exporter.
    private func mayBeSeenElsewhere(_ exporter: Exporter, at moment: Date) -> Bool {
        guard exporter.isOnline, let storeLastAway else { return false }
        return moment.timeIntervalSince(storeLastAway) <= Double(configuration.offlineTimeout.nanoseconds) / 1e9
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
        if condition.status == .isFalse, status.exporterStatus != .offline, mayBeSeenElsewhere(exporter, at: moment) {
            return false
        }
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
        } else if exporter.isOnline, var seen = lastSeen(of: exporter, at: moment) {
            let timeout = Double(configuration.offlineTimeout.nanoseconds) / 1e9
            if let storeLastAway { seen = max(seen, storeLastAway) }
            // Timestamps are whole seconds and the rule is "more than": one second later it is surely true.
            enqueue(.exporter(key), noLaterThan: seen.addingTimeInterval(timeout + 1))
        }
    }
}
