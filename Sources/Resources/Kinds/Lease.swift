/// Exclusive use of one exporter for a time (spec/resources.md, Lease).
///
/// `coordination.k8s.io` has a Lease too: with kubectl, always say `leases.jumpstarter.dev`.
package struct Lease: Resource {
    package static let resourceType = ResourceType.leases

    package var metadata: ObjectMeta
    package var spec: Spec
    package var status: Status

    package struct Spec: Sendable, Hashable {
        /// The client that the lease is for.
        package var clientRef: LocalObjectReference
        package var duration: GoDuration?
        package var selector: LabelSelector
        /// Pins the lease to one exporter.
        package var exporterRef: LocalObjectReference?
        package var tags: [String: String]
        /// What the client wants the exporter and the logs to know about the lease.
        package var context: [String: String]
        /// Lets a pinned lease have an exporter that is disabled.
        package var allowDisabled: Bool
        /// Ends the lease now.
        package var release: Bool
        package var beginTime: Timestamp?
        package var endTime: Timestamp?

        package init(
            clientRef: LocalObjectReference,
            duration: GoDuration? = nil,
            selector: LabelSelector = LabelSelector(),
            exporterRef: LocalObjectReference? = nil,
            tags: [String: String] = [:],
            context: [String: String] = [:],
            allowDisabled: Bool = false,
            release: Bool = false,
            beginTime: Timestamp? = nil,
            endTime: Timestamp? = nil
        ) {
            self.clientRef = clientRef
            self.duration = duration
            self.selector = selector
            self.exporterRef = exporterRef
            self.tags = tags
            self.context = context
            self.allowDisabled = allowDisabled
            self.release = release
            self.beginTime = beginTime
            self.endTime = endTime
        }
    }

    package struct Status: Sendable, Hashable {
        /// When the exporter was assigned.
        package var beginTime: Timestamp?
        /// When the lease ended.
        package var endTime: Timestamp?
        package var exporterRef: LocalObjectReference?
        package var ended: Bool = false
        /// The priority of the access policy that let the lease have its exporter.
        package var priority: Int
        /// True when that policy gave access only while nobody else wants the exporter.
        package var spotAccess: Bool
        package var conditions: [Condition] = []

        package init() {
            priority = 0
            spotAccess = false
        }
    }

    package init(metadata: ObjectMeta, spec: Spec, status: Status = Status()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    private enum CodingKeys: String, CodingKey { case metadata, spec, status }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decode(Spec.self, forKey: .spec)
        status = try container.decodeIfPresent(Status.self, forKey: .status) ?? Status()
    }
}

extension Lease {
    /// Names of the conditions on a lease.
    package enum ConditionType {
        package static let pending = "Pending"
        package static let ready = "Ready"
        package static let unsatisfiable = "Unsatisfiable"
        package static let invalid = "Invalid"
    }

    /// Label keys that the service keeps on lease objects.
    package enum Label {
        /// `"true"` once the lease has ended, so that active leases can be listed by label.
        package static let ended = "jumpstarter.dev/lease-ended"
        /// Before each tag's key.
        package static let tagPrefix = "metadata.jumpstarter.dev/"
    }

    package var isReady: Bool { status.conditions.isTrue(ConditionType.ready) }
}

extension Lease.Spec: Codable {
    private enum CodingKeys: String, CodingKey {
        case clientRef, duration, selector, exporterRef, tags, context, allowDisabled, release, beginTime, endTime
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        clientRef = try container.decode(LocalObjectReference.self, forKey: .clientRef)
        duration = try container.decodeIfPresent(GoDuration.self, forKey: .duration)
        selector = try container.decodeIfPresent(LabelSelector.self, forKey: .selector) ?? LabelSelector()
        exporterRef = try container.decodeIfPresent(LocalObjectReference.self, forKey: .exporterRef)
        tags = try container.decodeIfPresent([String: String].self, forKey: .tags) ?? [:]
        context = try container.decodeIfPresent([String: String].self, forKey: .context) ?? [:]
        allowDisabled = try container.decodeIfPresent(Bool.self, forKey: .allowDisabled) ?? false
        release = try container.decodeIfPresent(Bool.self, forKey: .release) ?? false
        beginTime = try container.decodeIfPresent(Timestamp.self, forKey: .beginTime)
        endTime = try container.decodeIfPresent(Timestamp.self, forKey: .endTime)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(clientRef, forKey: .clientRef)
        try container.encodeIfPresent(duration, forKey: .duration)
        try container.encode(selector, forKey: .selector)
        try container.encodeIfPresent(exporterRef, forKey: .exporterRef)
        if !tags.isEmpty { try container.encode(tags, forKey: .tags) }
        if !context.isEmpty { try container.encode(context, forKey: .context) }
        if allowDisabled { try container.encode(true, forKey: .allowDisabled) }
        if release { try container.encode(true, forKey: .release) }
        try container.encodeIfPresent(beginTime, forKey: .beginTime)
        try container.encodeIfPresent(endTime, forKey: .endTime)
    }
}

extension Lease.Status: Codable {
    private enum CodingKeys: String, CodingKey {
        case beginTime, endTime, exporterRef, ended, priority, spotAccess, conditions
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        beginTime = try container.decodeIfPresent(Timestamp.self, forKey: .beginTime)
        endTime = try container.decodeIfPresent(Timestamp.self, forKey: .endTime)
        exporterRef = try container.decodeIfPresent(LocalObjectReference.self, forKey: .exporterRef)
        ended = try container.decodeIfPresent(Bool.self, forKey: .ended) ?? false
        priority = try container.decodeIfPresent(Int.self, forKey: .priority) ?? 0
        spotAccess = try container.decodeIfPresent(Bool.self, forKey: .spotAccess) ?? false
        conditions = try container.decodeIfPresent([Condition].self, forKey: .conditions) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(beginTime, forKey: .beginTime)
        try container.encodeIfPresent(endTime, forKey: .endTime)
        try container.encodeIfPresent(exporterRef, forKey: .exporterRef)
        try container.encode(ended, forKey: .ended)
        if priority != 0 { try container.encode(priority, forKey: .priority) }
        if spotAccess { try container.encode(true, forKey: .spotAccess) }
        if !conditions.isEmpty { try container.encode(conditions, forKey: .conditions) }
    }
}
