package import Resources

/// Whether an exporter counts as online, from its last sign of life (spec/leases.md, Exporter life).
package enum ExporterHealth {
    /// The condition Online for an exporter at a moment.
    /// - Parameters:
    ///   - lastSeen: The last sign of life, as fine as it is known; nil for never.
    ///   - state: What the exporter last reported.
    package static func condition(
        lastSeen: Timestamp?,
        state: ExporterState?,
        offlineTimeout: GoDuration,
        now: Timestamp,
        generation: Int64?
    ) -> Condition {
        let (status, reason, message): (Condition.Status, String, String)
        switch lastSeen {
        case nil:
            (status, reason, message) = (.isFalse, "Seen", "Never seen")
        case let seen? where now.since(seen) > offlineTimeout:
            (status, reason, message) = (.isFalse, "Seen", "Last seen at \(seen), more than \(offlineTimeout) ago")
        case _? where state == .offline:
            (status, reason, message) = (.isFalse, "Offline", "The exporter said that it is going offline")
        case _?:
            (status, reason, message) = (.isTrue, "Seen", "The exporter is connected")
        }
        return Condition(
            type: Exporter.ConditionType.online,
            status: status,
            observedGeneration: generation,
            lastTransitionTime: now,
            reason: reason,
            message: message
        )
    }
}
