/// A Kubernetes ConfigMap.
package struct ConfigMap: Resource {
    package static let resourceType = ResourceType.configMaps

    package var metadata: ObjectMeta
    package var data: [String: String]

    package init(metadata: ObjectMeta, data: [String: String]) {
        self.metadata = metadata
        self.data = data
    }

    private enum CodingKeys: String, CodingKey { case metadata, data }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        data = try container.decodeIfPresent([String: String].self, forKey: .data) ?? [:]
    }
}
