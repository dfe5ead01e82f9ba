/// A person or a job that may lease exporters (spec/resources.md, Client).
package struct Client: Resource {
    package static let resourceType = ResourceType.clients

    package var metadata: ObjectMeta
    package var spec: Spec
    package var status: Status

    package struct Spec: Sendable, Hashable, Codable {
        /// The external user name that may act as this client, prefix included, such as `dex:alice`.
        package var username: String?

        package init(username: String? = nil) { self.username = username }
    }

    package struct Status: Sendable, Hashable {
        package var conditions: [Condition] = []
        /// The Secret that holds the client's internal token.
        package var credential: LocalObjectReference?
        /// The controller's public gRPC endpoint, `host:port`.
        package var endpoint: String?
        /// When the internal token expires.
        package var tokenExpiresAt: Timestamp?

        package init() {}
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

extension Client.Status: Codable {
    private enum CodingKeys: String, CodingKey { case conditions, credential, endpoint, tokenExpiresAt }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        conditions = try container.decodeIfPresent([Condition].self, forKey: .conditions) ?? []
        credential = try container.decodeIfPresent(LocalObjectReference.self, forKey: .credential)
        endpoint = try container.decodeIfPresent(String.self, forKey: .endpoint)
        tokenExpiresAt = try container.decodeIfPresent(Timestamp.self, forKey: .tokenExpiresAt)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !conditions.isEmpty { try container.encode(conditions, forKey: .conditions) }
        try container.encodeIfPresent(credential, forKey: .credential)
        try container.encodeIfPresent(endpoint, forKey: .endpoint)
        try container.encodeIfPresent(tokenExpiresAt, forKey: .tokenExpiresAt)
    }
}
