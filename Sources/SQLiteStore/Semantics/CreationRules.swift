import ObjectStore
import Resources

/// Kubernetes' rules for new objects.
enum CreationRules {
    /// The object as it shall be kept: what the server decides is set, what it does not take is dropped.
    /// - Parameter name: The name, generated when the object asks for that.
    /// - Throws: `StoreError.badRequest`, `.invalid`.
    static func object(
        from proposed: UnstructuredObject,
        name: String,
        uid: String,
        now: Timestamp
    ) throws(StoreError) -> UnstructuredObject {
        var object = proposed
        let type = object.type
        if let version = object.metadata.resourceVersion, !version.isEmpty {
            throw StoreError(
                .badRequest,
                "resourceVersion should not be set on objects to be created",
                type: type,
                name: name
            )
        }
        object.metadata.name = name
        if !type.isNamespaced { object.metadata.namespace = nil }
        let problems = MetadataRules.problems(object)
        if !problems.isEmpty { throw .invalid(type, object.key, problems) }

        object.metadata.uid = uid
        object.metadata.resourceVersion = nil
        object.metadata.creationTimestamp = now
        object.metadata.deletionTimestamp = nil
        // Kubernetes counts generations only where a specification is told from a status.
        object.metadata.generation = type.hasStatusSubresource ? 1 : nil
        if type.hasStatusSubresource { object.content["status"] = nil }
        return object
    }
}
