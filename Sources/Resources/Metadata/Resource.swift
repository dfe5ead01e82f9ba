/// A typed object of the Kubernetes API. Unknown members are dropped when it is read, as a structural schema prunes
/// them.
package protocol Resource: Sendable, Hashable, Codable {
    /// The kind that this type models.
    static var resourceType: ResourceType { get }
    var metadata: ObjectMeta { get set }
}

extension Resource {
    /// Namespace and name.
    package var key: ObjectKey { ObjectKey(namespace: metadata.namespace ?? "", name: metadata.name) }

    /// A controller owner reference to this object, for what it owns. Nil before the store has given it a uid.
    package var controllerReference: OwnerReference? {
        guard let uid = metadata.uid else { return nil }
        let type = Self.resourceType
        return OwnerReference(
            apiVersion: type.apiVersion,
            kind: type.kind,
            name: metadata.name,
            uid: uid,
            controller: true
        )
    }
}
