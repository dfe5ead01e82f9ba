/// A device under test and the agent beside it (spec/resources.md, Exporter).
package struct Exporter: Resource {
    package static let resourceType = ResourceType.exporters

    package var metadata: ObjectMeta
    package var spec: Spec
    package var status: Status

    package struct Spec: Sendable, Hashable {
        /// The external user name that may act as this exporter, prefix included.
        package var username: String?
        /// False keeps the exporter from every new lease; a running lease is left alone.
        package var enabled: Bool

        package init(username: String? = nil, enabled: Bool = true) {
            self.username = username
            self.enabled = enabled
        }
    }

    package struct Status: Sendable, Hashable {
        package var conditions: [Condition] = []
        package var credential: LocalObjectReference?
        package var devices: [Device] = []
        /// The lease that holds this exporter: the one lock word of exclusivity.
        package var leaseRef: LocalObjectReference?
        /// The last sign of life, written at most every 30 s.
        package var lastSeen: Timestamp?
        package var endpoint: String?
        /// What the exporter last reported; nil when it never did.
        package var exporterStatus: ExporterState?
        package var statusMessage: String?

        package init() {}
    }

    /// A driver instance that the exporter registered.
    package struct Device: Sendable, Hashable {
        package var uuid: String
        package var parentUUID: String?
        package var labels: [String: String]

        package init(uuid: String, parentUUID: String? = nil, labels: [String: String] = [:]) {
            self.uuid = uuid
            self.parentUUID = parentUUID
            self.labels = labels
        }
    }

    package init(metadata: ObjectMeta, spec: Spec = Spec(), status: Status = Status()) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    private enum CodingKeys: String, CodingKey { case metadata, spec, status }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decodeIfPresent(Spec.self, forKey: .spec) ?? Spec()
        status = try container.decodeIfPresent(Status.self, forKey: .status) ?? Status()
    }
}

/// What an exporter says it is doing (`status.exporterStatus`; `jumpstarter.v1.ExporterStatus` on the wire).
package enum ExporterState: String, Sendable, Hashable, Codable, CaseIterable {
    case unspecified = "Unspecified"
    case offline = "Offline"
    case available = "Available"
    case beforeLeaseHook = "BeforeLeaseHook"
    case leaseReady = "LeaseReady"
    case afterLeaseHook = "AfterLeaseHook"
    case beforeLeaseHookFailed = "BeforeLeaseHookFailed"
    case afterLeaseHookFailed = "AfterLeaseHookFailed"
}

extension Exporter {
    /// Names of the conditions on an exporter.
    package enum ConditionType {
        package static let registered = "Registered"
        package static let online = "Online"
    }

    package var isOnline: Bool { status.conditions.isTrue(ConditionType.online) }
    package var isRegistered: Bool { status.conditions.isTrue(ConditionType.registered) }
}

extension Exporter.Spec: Codable {
    private enum CodingKeys: String, CodingKey { case username, enabled }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        username = try container.decodeIfPresent(String.self, forKey: .username)
        enabled = try container.decodeIfPresent(Bool.self, forKey: .enabled) ?? true
    }
}

extension Exporter.Status: Codable {
    private enum CodingKeys: String, CodingKey {
        case conditions, credential, devices, leaseRef, lastSeen, endpoint, exporterStatus, statusMessage
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        conditions = try container.decodeIfPresent([Condition].self, forKey: .conditions) ?? []
        credential = try container.decodeIfPresent(LocalObjectReference.self, forKey: .credential)
        devices = try container.decodeIfPresent([Exporter.Device].self, forKey: .devices) ?? []
        leaseRef = try container.decodeIfPresent(LocalObjectReference.self, forKey: .leaseRef)
        lastSeen = try container.decodeIfPresent(Timestamp.self, forKey: .lastSeen)
        endpoint = try container.decodeIfPresent(String.self, forKey: .endpoint)
        exporterStatus = try container.decodeIfPresent(ExporterState.self, forKey: .exporterStatus)
        statusMessage = try container.decodeIfPresent(String.self, forKey: .statusMessage)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !conditions.isEmpty { try container.encode(conditions, forKey: .conditions) }
        try container.encodeIfPresent(credential, forKey: .credential)
        if !devices.isEmpty { try container.encode(devices, forKey: .devices) }
        try container.encodeIfPresent(leaseRef, forKey: .leaseRef)
        try container.encodeIfPresent(lastSeen, forKey: .lastSeen)
        try container.encodeIfPresent(endpoint, forKey: .endpoint)
        try container.encodeIfPresent(exporterStatus, forKey: .exporterStatus)
        try container.encodeIfPresent(statusMessage, forKey: .statusMessage)
    }
}

extension Exporter.Device: Codable {
    private enum CodingKeys: String, CodingKey {
        case uuid, labels
        case parentUUID = "parent_uuid"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        uuid = try container.decodeIfPresent(String.self, forKey: .uuid) ?? ""
        parentUUID = try container.decodeIfPresent(String.self, forKey: .parentUUID)
        labels = try container.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(uuid, forKey: .uuid)
        try container.encodeIfPresent(parentUUID, forKey: .parentUUID)
        // Always there: the real administrator's client reads it without a default.
        try container.encode(labels, forKey: .labels)
    }
}
