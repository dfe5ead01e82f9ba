import Foundation
import Leasing
import Logging
import ObjectStore
package import Resources

// What exporters ask of the lab (spec/leases.md, Exporter life).
extension Lab {
    /// Labels with this prefix belong to the exporter; all others to the administrator.
    private static let ownLabelPrefix = "jumpstarter.dev/"

    /// The exporter as it is known, or read from the store; nil when it does not exist.
    package func exporter(_ key: ObjectKey) async throws -> Exporter? {
        if let known = exporters[key] { return known }
        return try await existing { try await self.store.get(Exporter.self, key) }
    }

    /// The client as it is known, or read from the store; nil when it does not exist.
    package func client(_ key: ObjectKey) async throws -> Client? {
        if let known = clients[key] { return known }
        return try await existing { try await self.store.get(Client.self, key) }
    }

    private func existing<R: Resource>(_ get: () async throws -> R) async throws -> R? {
        do {
            return try await get()
        } catch let error as StoreError where error.reason == .notFound {
            return nil
        }
    }

    /// An exporter that was just created may not have come by the watch yet.
    private func ensureKnown(_ key: ObjectKey) async throws {
        if exporters[key] == nil { try await refreshExporter(key) }
    }

    /// Register: replaces the exporter's own labels and devices; answers the object's uid.
    package func register(
        _ key: ObjectKey,
        labels: [String: String],
        devices: [Exporter.Device]
    ) async throws -> String {
        try await ensureKnown(key)
        let exporter = try await updateObject(of: key) { exporter in
            let others = exporter.metadata.labels.filter { !$0.key.hasPrefix(Self.ownLabelPrefix) }
            let own = labels.filter { $0.key.hasPrefix(Self.ownLabelPrefix) }
            exporter.metadata.labels = others.merging(own) { $1 }
        }
        sawLife(of: key)
        let moment = now
        try await refreshHealth(of: key) { status in
            status.devices = devices
            if status.exporterStatus == .offline { Self.clearState(&status) }
            let message = "Registered with \(devices.count) devices"
            status.conditions.set(Self.registered(.isTrue, "Register", message, exporter, moment))
        }
        if !exporter.isRegistered { events.record(about: exporter, "ExporterRegistered", "Exporter has registered") }
        logger.info("exporter registered", metadata: ["exporter": "\(key.name)", "namespace": "\(key.namespace)"])
        return exporter.metadata.uid ?? ""
    }

    /// Unregister: the exporter goes away on purpose and is offline at once.
    package func unregister(_ key: ObjectKey, reason: String) async throws {
        try await ensureKnown(key)
        let moment = now
        let why = reason.isEmpty ? "The exporter unregistered" : "The exporter unregistered: \(reason)"
        try await refreshHealth(of: key) { status in
            status.devices = []
            status.exporterStatus = .offline
            status.statusMessage = why
            if let exporter = self.exporters[key] {
                status.conditions.set(Self.registered(.isFalse, "Unregister", why, exporter, moment))
            }
        }
        if let exporter = exporters[key] { events.record(about: exporter, "ExporterUnregistered", why) }
        logger.info("exporter unregistered", metadata: ["exporter": "\(key.name)", "namespace": "\(key.namespace)"])
    }

    /// ReportStatus: what the exporter is doing now.
    /// - Parameter releaseLease: Whether the lease that it holds shall end as well.
    package func report(
        _ state: ExporterState,
        message: String?,
        releaseLease: Bool,
        by key: ObjectKey
    ) async throws {
        try await ensureKnown(key)
        sawLife(of: key)
        let held = exporters[key]?.status.leaseRef?.name
        try await refreshHealth(of: key) { status in
            status.exporterStatus = state
            // No message is none: an older API server takes an empty text for null, and refuses it.
            status.statusMessage = message.flatMap { $0.isEmpty ? nil : $0 }
        }
        if releaseLease, let held { try await release(ObjectKey(namespace: key.namespace, name: held)) }
    }

    private func sawLife(of key: ObjectKey) {
        presence[key, default: ExporterPresence()].lastSeen = time.now()
    }

    private static func clearState(_ status: inout Exporter.Status) {
        status.exporterStatus = nil
        status.statusMessage = nil
    }

    private static func registered(
        _ status: Condition.Status,
        _ reason: String,
        _ message: String,
        _ exporter: Exporter,
        _ moment: Timestamp
    ) -> Condition {
        Condition(
            type: Exporter.ConditionType.registered,
            status: status,
            observedGeneration: exporter.metadata.generation,
            lastTransitionTime: moment,
            reason: reason,
            message: message
        )
    }

    /// Runs a Status stream: the exporter counts as alive while `body` runs, which is given what it is to be told, the
    /// present state first and then every change, never the same twice.
    package func withStatusFeed(
        of key: ObjectKey,
        _ body: @Sendable (AsyncStream<ExporterAssignment>) async throws -> Void
    ) async throws {
        try await ensureKnown(key)
        presence[key, default: ExporterPresence()].streams += 1
        let (id, stream) = subscribe(to: key)
        do {
            try await refreshHealth(of: key) { status in
                // Old exporters never report a status; a stale Offline would keep them from work for ever.
                if status.exporterStatus == .offline { Self.clearState(&status) }
            }
            try await body(stream)
        } catch {
            unsubscribe(id, from: key)
            throw error
        }
        unsubscribe(id, from: key)
    }

    private func subscribe(to key: ObjectKey) -> (UInt64, AsyncStream<ExporterAssignment>) {
        lastSubscription += 1
        // An exporter that lags 64 changes behind is cut off and connects anew, rather than be told half of them.
        let (stream, continuation) = AsyncStream.makeStream(
            of: ExporterAssignment.self,
            bufferingPolicy: .bufferingOldest(64)
        )
        let current = assignment(of: key)
        if isNextLease(current, for: key) { continuation.yield(.unleased) }
        continuation.yield(current)
        published[key] = current
        feeds[key, default: [:]][lastSubscription] = continuation
        return (lastSubscription, stream)
    }

    private func unsubscribe(_ id: UInt64, from key: ObjectKey) {
        feeds[key]?.removeValue(forKey: id)?.finish()
        if feeds[key]?.isEmpty == true { feeds[key] = nil }
        guard var known = presence[key] else { return }
        known.streams -= 1
        known.lastSeen = time.now()
        presence[key] = known
        if known.streams == 0 { enqueue(.exporter(key)) }
    }

    /// Tells an exporter when what it was last told is no longer so.
    func publish(_ key: ObjectKey) {
        guard let feed = feeds[key] else { return }
        let current = assignment(of: key)
        if published[key] == current { return }
        let messages = isNextLease(current, for: key) ? [.unleased, current] : [current]
        published[key] = current
        for (id, continuation) in feed {
            for message in messages {
                guard case .dropped = continuation.yield(message) else { continue }
                continuation.finish()
                feeds[key]?[id] = nil
            }
        }
    }

    /// Between two leases an exporter must hear that the first is over, or it never begins the second.
    private func isNextLease(_ current: ExporterAssignment, for key: ObjectKey) -> Bool {
        guard case .leased(let before, _, _) = published[key], case .leased(let lease, _, _) = current else {
            return false
        }
        return before != lease
    }

    /// Leased only when both sides agree: the exporter names the lease and the lease names the exporter.
    private func assignment(of key: ObjectKey) -> ExporterAssignment {
        guard let name = exporters[key]?.status.leaseRef?.name,
            let lease = leases[ObjectKey(namespace: key.namespace, name: name)],
            !lease.status.ended, lease.exporterKey == key
        else { return .unleased }
        return .leased(lease: name, client: lease.spec.clientRef.name, context: lease.spec.context)
    }

    /// The exporter now and at each change; nil once it is deleted. Slow readers see the newest only.
    package func withExporterChanges<Result: Sendable>(
        of key: ObjectKey,
        _ body: @Sendable (AsyncStream<Exporter?>) async throws -> Result
    ) async throws -> Result {
        try await ensureKnown(key)
        lastSubscription += 1
        let id = lastSubscription
        let (stream, continuation) = AsyncStream.makeStream(of: Exporter?.self, bufferingPolicy: .bufferingNewest(1))
        exporterWatchers[key, default: [:]][id] = continuation
        continuation.yield(exporters[key])
        defer {
            exporterWatchers[key]?.removeValue(forKey: id)?.finish()
            if exporterWatchers[key]?.isEmpty == true { exporterWatchers[key] = nil }
        }
        return try await body(stream)
    }
}
