import Resources

/// What a path of the API stands for.
enum Route {
    /// `/healthz`, `/livez`, `/readyz` and what is below them.
    case health
    case version
    /// `/api`
    case coreVersions
    /// `/apis`
    case groups
    /// `/apis/GROUP`
    case group(String)
    /// `/api/v1`, `/apis/GROUP/VERSION`
    case resources(group: String, version: String)
    case openAPI2
    case openAPI3Index
    case openAPI3(group: String, version: String)
    case objects(ObjectRoute)
    case review(ReviewKind)

    init?(path: [String]) {
        switch path.first {
        case "healthz", "livez", "readyz": self = .health
        case "version" where path.count == 1: self = .version
        case "openapi":
            guard let route = Self.openAPI(path.dropFirst()) else { return nil }
            self = route
        case "api":
            guard let route = Self.api(group: "", path.dropFirst()) else { return nil }
            self = route
        case "apis":
            guard let route = Self.apis(path.dropFirst()) else { return nil }
            self = route
        default: return nil
        }
    }

    /// Whether everybody may ask, without a token.
    var isPublic: Bool {
        switch self {
        case .health, .version: true
        default: false
        }
    }

    private static func openAPI(_ rest: ArraySlice<String>) -> Route? {
        let rest = Array(rest)
        switch (rest.first, rest.count) {
        case ("v2", 1): return .openAPI2
        case ("v3", 1): return .openAPI3Index
        case ("v3", 3) where rest[1] == "api": return .openAPI3(group: "", version: rest[2])
        case ("v3", 4) where rest[1] == "apis": return .openAPI3(group: rest[2], version: rest[3])
        default: return nil
        }
    }

    private static func apis(_ rest: ArraySlice<String>) -> Route? {
        guard let group = rest.first else { return .groups }
        guard !group.isEmpty else { return nil }
        if rest.count == 1 { return .group(group) }
        return api(group: group, rest.dropFirst())
    }

    private static func api(group: String, _ rest: ArraySlice<String>) -> Route? {
        guard let version = rest.first else { return .coreVersions }
        let inner = Array(rest.dropFirst())
        if inner.isEmpty { return .resources(group: group, version: version) }
        if inner.count == 1, let review = ReviewKind.find(group: group, version: version, plural: inner[0]) {
            return .review(review)
        }
        return ObjectRoute(group: group, version: version, inner).map(Route.objects)
    }
}

/// The objects, or the object, that a path stands for.
struct ObjectRoute: Sendable {
    var kind: KindDefinition
    /// Nil for kinds without namespaces and for every namespace.
    var namespace: String?
    /// Nil for the collection.
    var name: String?
    var isStatus = false

    init?(group: String, version: String, _ path: [String]) {
        var path = path[...]
        // `namespaces/NAME` and `namespaces/NAME/status` are about the namespace itself.
        if path.first == "namespaces", path.count >= 3, !(path.count == 3 && path.last == "status") {
            namespace = path.dropFirst().first
            path = path.dropFirst(2)
        }
        guard let plural = path.popFirst() else { return nil }
        guard let kind = KindDefinition.find(group: group, version: version, plural: plural) else { return nil }
        if namespace != nil && !kind.type.isNamespaced { return nil }
        self.kind = kind
        name = path.popFirst()
        guard let subresource = path.popFirst() else { return }
        guard subresource == "status", kind.type.hasStatusSubresource, path.isEmpty else { return nil }
        isStatus = true
    }

    /// The key of the one object that is meant.
    var key: ObjectKey { ObjectKey(namespace: namespace ?? "", name: name ?? "") }
}
