/// A Kubernetes Namespace.
package struct Namespace: Resource {
    package static let resourceType = ResourceType.namespaces

    package var metadata: ObjectMeta

    package init(metadata: ObjectMeta) { self.metadata = metadata }
}
