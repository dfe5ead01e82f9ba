/// A Kubernetes Event (`v1`): something that happened to an object, shown by `kubectl describe`.
package struct Event: Resource {
    package static let resourceType = ResourceType.events

    package enum Severity: String, Sendable, Hashable, Codable {
        case normal = "Normal"
        case warning = "Warning"
    }

    package var metadata: ObjectMeta
    package var involvedObject: ObjectReference
    package var reason: String
    package var message: String
    package var type: Severity
    package var count: Int
    package var firstTimestamp: Timestamp?
    package var lastTimestamp: Timestamp?
    package var source: Source
    package var reportingComponent: String
    package var reportingInstance: String

    package struct Source: Sendable, Hashable, Codable {
        package var component: String?

        package init(component: String?) { self.component = component }
    }

    /// The object that the event is about.
    package struct ObjectReference: Sendable, Hashable, Codable {
        package var apiVersion: String?
        package var kind: String?
        package var namespace: String?
        package var name: String?
        package var uid: String?
        package var resourceVersion: String?

        package init<R: Resource>(_ resource: R) {
            apiVersion = R.resourceType.apiVersion
            kind = R.resourceType.kind
            namespace = resource.metadata.namespace
            name = resource.metadata.name
            uid = resource.metadata.uid
            resourceVersion = resource.metadata.resourceVersion
        }
    }

    package init(
        metadata: ObjectMeta,
        involvedObject: ObjectReference,
        reason: String,
        message: String,
        type: Severity,
        timestamp: Timestamp,
        component: String
    ) {
        self.metadata = metadata
        self.involvedObject = involvedObject
        self.reason = reason
        self.message = message
        self.type = type
        self.count = 1
        self.firstTimestamp = timestamp
        self.lastTimestamp = timestamp
        self.source = Source(component: component)
        self.reportingComponent = component
        self.reportingInstance = ""
    }

    private enum CodingKeys: String, CodingKey {
        case metadata, involvedObject, reason, message, type, count, firstTimestamp, lastTimestamp, source
        case reportingComponent, reportingInstance
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        involvedObject = try container.decode(ObjectReference.self, forKey: .involvedObject)
        reason = try container.decodeIfPresent(String.self, forKey: .reason) ?? ""
        message = try container.decodeIfPresent(String.self, forKey: .message) ?? ""
        type = try container.decodeIfPresent(Severity.self, forKey: .type) ?? .normal
        count = try container.decodeIfPresent(Int.self, forKey: .count) ?? 1
        firstTimestamp = try container.decodeIfPresent(Timestamp.self, forKey: .firstTimestamp)
        lastTimestamp = try container.decodeIfPresent(Timestamp.self, forKey: .lastTimestamp)
        source = try container.decodeIfPresent(Source.self, forKey: .source) ?? Source(component: nil)
        reportingComponent = try container.decodeIfPresent(String.self, forKey: .reportingComponent) ?? ""
        reportingInstance = try container.decodeIfPresent(String.self, forKey: .reportingInstance) ?? ""
    }
}
