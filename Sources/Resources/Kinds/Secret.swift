package import Foundation

/// A Kubernetes Secret; here it holds the credentials of clients and exporters.
package struct Secret: Resource {
    package static let resourceType = ResourceType.secrets

    package var metadata: ObjectMeta
    /// `Opaque` for ours.
    package var type: String?
    /// The contents; base64 on the wire.
    package var data: [String: Data]

    package init(metadata: ObjectMeta, type: String? = "Opaque", data: [String: Data]) {
        self.metadata = metadata
        self.type = type
        self.data = data
    }

    private enum CodingKeys: String, CodingKey { case metadata, type, data }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        type = try container.decodeIfPresent(String.self, forKey: .type)
        data = try container.decodeIfPresent([String: Data].self, forKey: .data) ?? [:]
    }
}
