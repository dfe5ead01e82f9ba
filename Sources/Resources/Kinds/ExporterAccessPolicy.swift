/// Who may lease which exporters, how long and with what priority (spec/resources.md, ExporterAccessPolicy).
package struct ExporterAccessPolicy: Resource {
    package static let resourceType = ResourceType.exporterAccessPolicies

    package var metadata: ObjectMeta
    package var spec: Spec

    package struct Spec: Sendable, Hashable {
        /// The exporters that the policy speaks of.
        package var exporterSelector: LabelSelector
        package var policies: [Entry]

        package init(exporterSelector: LabelSelector = LabelSelector(), policies: [Entry] = []) {
            self.exporterSelector = exporterSelector
            self.policies = policies
        }
    }

    /// One grant: the clients it is for and its terms.
    package struct Entry: Sendable, Hashable {
        package var description: String?
        /// Higher goes first, both among waiting leases and among exporters.
        package var priority: Int
        package var from: [Source]
        /// The longest lease that the grant allows; nil for any.
        package var maximumDuration: GoDuration?
        package var spotAccess: Bool

        package init(
            description: String? = nil,
            priority: Int = 0,
            from: [Source] = [],
            maximumDuration: GoDuration? = nil,
            spotAccess: Bool = false
        ) {
            self.description = description
            self.priority = priority
            self.from = from
            self.maximumDuration = maximumDuration
            self.spotAccess = spotAccess
        }
    }

    /// A set of clients by their labels.
    package struct Source: Sendable, Hashable {
        package var clientSelector: LabelSelector

        package init(clientSelector: LabelSelector = LabelSelector()) { self.clientSelector = clientSelector }
    }

    package init(metadata: ObjectMeta, spec: Spec = Spec()) {
        self.metadata = metadata
        self.spec = spec
    }

    private enum CodingKeys: String, CodingKey { case metadata, spec }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try container.decode(ObjectMeta.self, forKey: .metadata)
        spec = try container.decodeIfPresent(Spec.self, forKey: .spec) ?? Spec()
    }
}

extension ExporterAccessPolicy.Spec: Codable {
    private enum CodingKeys: String, CodingKey { case exporterSelector, policies }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        exporterSelector =
            try container.decodeIfPresent(LabelSelector.self, forKey: .exporterSelector) ?? LabelSelector()
        policies = try container.decodeIfPresent([ExporterAccessPolicy.Entry].self, forKey: .policies) ?? []
    }
}

extension ExporterAccessPolicy.Entry: Codable {
    private enum CodingKeys: String, CodingKey { case description, priority, from, maximumDuration, spotAccess }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        description = try container.decodeIfPresent(String.self, forKey: .description)
        priority = try container.decodeIfPresent(Int.self, forKey: .priority) ?? 0
        from = try container.decodeIfPresent([ExporterAccessPolicy.Source].self, forKey: .from) ?? []
        maximumDuration = try container.decodeIfPresent(GoDuration.self, forKey: .maximumDuration)
        spotAccess = try container.decodeIfPresent(Bool.self, forKey: .spotAccess) ?? false
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(description, forKey: .description)
        if priority != 0 { try container.encode(priority, forKey: .priority) }
        if !from.isEmpty { try container.encode(from, forKey: .from) }
        try container.encodeIfPresent(maximumDuration, forKey: .maximumDuration)
        if spotAccess { try container.encode(true, forKey: .spotAccess) }
    }
}

extension ExporterAccessPolicy.Source: Codable {
    private enum CodingKeys: String, CodingKey { case clientSelector }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        clientSelector = try container.decodeIfPresent(LabelSelector.self, forKey: .clientSelector) ?? LabelSelector()
    }
}
