/// The subject of an internal token: `kind:NAMESPACE:NAME:UID`.
///
/// The UID ties a token to one object: after deletion and re-creation under the same name the old token is worthless.
package struct InternalSubject: Hashable, Sendable, CustomStringConvertible {
    /// Annotation that stands in for the namespace of an object restored on another cluster.
    package static let migratedNamespaceAnnotation = "jumpstarter.dev/migrated-namespace"
    /// Annotation that stands in for the UID of an object restored on another cluster.
    package static let migratedUIDAnnotation = "jumpstarter.dev/migrated-uid"

    /// Client or exporter.
    package let kind: ObjectKind
    /// Namespace at the time the first token was made.
    package let namespace: String
    /// Name of the object.
    package let name: String
    /// UID at the time the first token was made.
    package let uid: String

    /// The subject of an object; annotations of a migration, where not empty, replace namespace and UID.
    package init(kind: ObjectKind, namespace: String, name: String, uid: String, annotations: [String: String] = [:]) {
        self.kind = kind
        self.namespace = Self.value(of: Self.migratedNamespaceAnnotation, in: annotations) ?? namespace
        self.name = name
        self.uid = Self.value(of: Self.migratedUIDAnnotation, in: annotations) ?? uid
    }

    /// The text in the token.
    package var description: String {
        "\(kind.subjectPrefix):\(namespace):\(name):\(uid)"
    }

    private static func value(of annotation: String, in annotations: [String: String]) -> String? {
        annotations[annotation].flatMap { $0.isEmpty ? nil : $0 }
    }
}
