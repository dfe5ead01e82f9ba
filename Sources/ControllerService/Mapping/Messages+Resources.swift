import JumpstarterProtocol
import Leasing
import Resources
import SwiftProtobuf

extension Jumpstarter_Client_V1_Exporter {
    init(_ exporter: Exporter, labels presentation: LabelPresentation, showHidden: Bool) {
        self.init()
        name = ResourceName.format(exporter.key, collection: "exporters")
        labels = presentation.visible(exporter.metadata.labels, showHidden: showHidden)
        deprecatedLabels = presentation.deprecations(of: exporter.metadata.labels.keys)
        // Deprecated, but old clients read it.
        online = exporter.isOnline
        status = Jumpstarter_V1_ExporterStatus(exporter.status.exporterStatus)
        statusMessage = exporter.status.statusMessage ?? ""
        enabled = exporter.spec.enabled
    }
}

extension Jumpstarter_Client_V1_Lease {
    init(_ lease: Lease, labels presentation: LabelPresentation, now: Timestamp) {
        self.init()
        let namespace = lease.key.namespace
        name = ResourceName.format(lease.key, collection: "leases")
        selector = lease.spec.selector.description
        client = ResourceName.format(
            .init(namespace: namespace, name: lease.spec.clientRef.name),
            collection: "clients"
        )
        if let duration = lease.spec.duration ?? lease.impliedDuration { self.duration = .init(duration) }
        if let begin = lease.spec.beginTime { beginTime = .init(begin) }
        if let end = lease.spec.endTime { endTime = .init(end) }
        if let exporter = lease.spec.exporterRef?.name { exporterName = exporter }
        setEffective(lease, now: now)
        conditions = lease.status.conditions.map(Jumpstarter_V1_Condition.init)
        tags = lease.spec.tags
        context = lease.spec.context
        allowDisabled = lease.spec.allowDisabled
        let keys = Array(lease.spec.selector.matchLabels.keys) + lease.spec.selector.matchExpressions.map(\.key)
        deprecatedLabels = presentation.deprecations(of: keys)
    }

    private mutating func setEffective(_ lease: Lease, now: Timestamp) {
        if let exporter = lease.status.exporterRef?.name {
            let key = ObjectKey(namespace: lease.key.namespace, name: exporter)
            self.exporter = ResourceName.format(key, collection: "exporters")
        }
        if let end = lease.status.endTime, lease.status.ended { effectiveEndTime = .init(end) }
        guard let begin = lease.status.beginTime else { return }
        effectiveBeginTime = .init(begin)
        let until = lease.status.endTime ?? now
        effectiveDuration = .init(max(until.since(begin), .zero))
    }
}

extension Lease {
    /// The duration that follows from the two ends, for leases that carry only these.
    var impliedDuration: GoDuration? {
        guard let begin = spec.beginTime, let end = spec.endTime else { return nil }
        return end.since(begin)
    }
}
