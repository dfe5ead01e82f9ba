/// The object a caller says it is. Not believed before ``Authorizer`` has agreed.
package struct ClaimedObject: Hashable, Sendable, CustomStringConvertible {
    /// Client or exporter.
    package let kind: ObjectKind
    /// The object's namespace, a DNS-1123 label.
    package let namespace: String
    /// The object's name, a DNS-1123 subdomain.
    package let name: String

    /// Wraps values already known to be valid.
    package init(kind: ObjectKind, namespace: String, name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// Reads the three keys from a request's metadata.
    ///
    /// - Parameter values: all values of a (lower-case) metadata key.
    /// - Throws: `RequestMetadataError` naming the key that is missing, repeated or invalid.
    package init(from values: (String) -> [String]) throws(RequestMetadataError) {
        namespace = try Self.single(MetadataKey.namespace, from: values)
        guard DNS1123.isLabel(namespace) else {
            throw .invalid(key: MetadataKey.namespace, value: namespace, accepted: DNS1123.labelRule)
        }
        let kindText = try Self.single(MetadataKey.kind, from: values)
        guard let kind = ObjectKind(rawValue: kindText) else {
            throw .invalid(key: MetadataKey.kind, value: kindText, accepted: "Client or Exporter")
        }
        self.kind = kind
        name = try Self.single(MetadataKey.name, from: values)
        guard DNS1123.isSubdomain(name) else {
            throw .invalid(key: MetadataKey.name, value: name, accepted: DNS1123.subdomainRule)
        }
    }

    /// `Kind NAMESPACE/NAME`, for messages and logs.
    package var description: String { "\(kind.rawValue) \(namespace)/\(name)" }

    private static func single(
        _ key: String,
        from values: (String) -> [String]
    ) throws(RequestMetadataError) -> String {
        let found = values(key)
        guard let value = found.first, !value.isEmpty else { throw .missing(key: key) }
        guard found.count == 1 else { throw .repeated(key: key, count: found.count) }
        return value
    }
}
