import Resources

/// The documents by which clients learn what is served.
enum Discovery {
    private static let objectVerbs = [
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch",
    ]

    /// Every group that is served, the core group (empty) first, each with its one version.
    static var groups: [(group: String, version: String)] {
        var groups: [(group: String, version: String)] = [("", "v1")]
        let others = KindDefinition.all.map { ($0.type.group, $0.type.version) }
        for (group, version) in others + ReviewKind.allCases.map({ ($0.group, $0.version) })
        where !groups.contains(where: { $0.group == group }) {
            groups.append((group, version))
        }
        return groups
    }

    /// `/api`
    static var coreVersions: JSONValue {
        [
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": ""]],
        ]
    }

    /// `/apis`
    static var groupList: JSONValue {
        let named = groups.filter { !$0.group.isEmpty }
        return [
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(named.map { group(named: $0.group, version: $0.version) }),
        ]
    }

    /// `/apis/GROUP`
    static func group(_ name: String) -> JSONValue? {
        guard let found = groups.first(where: { $0.group == name }) else { return nil }
        var document = group(named: found.group, version: found.version)
        document["kind"] = "APIGroup"
        document["apiVersion"] = "v1"
        return document
    }

    private static func group(named name: String, version: String) -> JSONValue {
        let version: JSONValue = ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
        return ["name": .string(name), "versions": [version], "preferredVersion": version]
    }

    /// `/api/v1`, `/apis/GROUP/VERSION`
    static func resourceList(group: String, version: String) -> JSONValue? {
        guard groups.contains(where: { $0 == (group, version) }) else { return nil }
        let kinds = KindDefinition.all.map(\.type).filter { $0.group == group }
        let reviews = ReviewKind.allCases.filter { $0.group == group }
        return [
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"),
            "resources": .array(kinds.flatMap(resources) + reviews.map(resource)),
        ]
    }

    private static func resources(_ type: ResourceType) -> [JSONValue] {
        var main: JSONValue = [
            "name": .string(type.plural), "singularName": .string(type.singular),
            "namespaced": .bool(type.isNamespaced),
            "kind": .string(type.kind), "verbs": texts(objectVerbs),
        ]
        if !type.shortNames.isEmpty { main["shortNames"] = texts(type.shortNames) }
        if !type.categories.isEmpty { main["categories"] = texts(type.categories) }
        guard type.hasStatusSubresource else { return [main] }
        let status: JSONValue = [
            "name": .string("\(type.plural)/status"), "singularName": "", "namespaced": .bool(type.isNamespaced),
            "kind": .string(type.kind), "verbs": ["get", "patch", "update"],
        ]
        return [main, status]
    }

    private static func resource(_ review: ReviewKind) -> JSONValue {
        [
            "name": .string(review.plural), "singularName": .string(review.rawValue.lowercased()), "namespaced": false,
            "kind": .string(review.rawValue), "verbs": ["create"],
        ]
    }

    static func texts(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }
}
