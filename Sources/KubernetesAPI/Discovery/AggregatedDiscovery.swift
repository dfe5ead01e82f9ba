import Resources

/// Everything that is served in one document (`apidiscovery.k8s.io`), which spares clients a request for each group.
enum AggregatedDiscovery {
    /// - Parameter isCore: True for `/api`, false for `/apis`.
    static func document(version: String, isCore: Bool) -> JSONValue {
        let groups = Discovery.groups.filter { $0.group.isEmpty == isCore }
        return [
            "kind": "APIGroupDiscoveryList", "apiVersion": .string("apidiscovery.k8s.io/\(version)"), "metadata": [:],
            "items": .array(groups.map { item(group: $0.group, version: $0.version) }),
        ]
    }

    private static func item(group: String, version: String) -> JSONValue {
        let kinds = KindDefinition.all.map(\.type).filter { $0.group == group }
        let reviews = ReviewKind.allCases.filter { $0.group == group }
        let version: JSONValue = [
            "version": .string(version), "freshness": "Current",
            "resources": .array(kinds.map(resource) + reviews.map(resource)),
        ]
        let metadata: JSONValue = group.isEmpty ? [:] : ["name": .string(group)]
        return ["metadata": metadata, "versions": [version]]
    }

    private static func resource(_ type: ResourceType) -> JSONValue {
        var resource: JSONValue = [
            "resource": .string(type.plural), "singularResource": .string(type.singular),
            "scope": .string(type.isNamespaced ? "Namespaced" : "Cluster"),
            "responseKind": kind(type.group, type.version, type.kind),
            "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        ]
        if !type.shortNames.isEmpty { resource["shortNames"] = Discovery.texts(type.shortNames) }
        if !type.categories.isEmpty { resource["categories"] = Discovery.texts(type.categories) }
        if type.hasStatusSubresource {
            let status: JSONValue = [
                "subresource": "status", "responseKind": kind(type.group, type.version, type.kind),
                "verbs": ["get", "patch", "update"],
            ]
            resource["subresources"] = [status]
        }
        return resource
    }

    private static func resource(_ review: ReviewKind) -> JSONValue {
        [
            "resource": .string(review.plural), "singularResource": .string(review.rawValue.lowercased()),
            "scope": "Cluster", "responseKind": kind(review.group, review.version, review.rawValue),
            "verbs": ["create"],
        ]
    }

    private static func kind(_ group: String, _ version: String, _ kind: String) -> JSONValue {
        ["group": .string(group), "version": .string(version), "kind": .string(kind)]
    }
}
