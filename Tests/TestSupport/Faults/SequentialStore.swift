package import ObjectStore
package import Resources

/// A store without transactions, as the Kubernetes API is one: a batch is carried out write by write, and what was done
/// before a failure stays done.
package struct SequentialStore: ObjectStore {
    private let base: any ObjectStore

    package init(_ base: any ObjectStore) { self.base = base }

    package func get(_ type: ResourceType, _ key: ObjectKey) async throws -> UnstructuredObject {
        try await base.get(type, key)
    }

    package func list(_ type: ResourceType, namespace: String?, options: ListOptions) async throws -> ObjectList {
        try await base.list(type, namespace: namespace, options: options)
    }

    package func create(_ object: UnstructuredObject) async throws -> UnstructuredObject {
        try await base.create(object)
    }

    package func update(_ object: UnstructuredObject, subresource: Subresource) async throws -> UnstructuredObject {
        try await base.update(object, subresource: subresource)
    }

    package func patch(
        _ type: ResourceType,
        _ key: ObjectKey,
        _ patch: Patch,
        subresource: Subresource
    ) async throws -> UnstructuredObject {
        try await base.patch(type, key, patch, subresource: subresource)
    }

    package func delete(_ type: ResourceType, _ key: ObjectKey, options: DeleteOptions) async throws
        -> UnstructuredObject
    {
        try await base.delete(type, key, options: options)
    }

    package func watch(_ type: ResourceType, namespace: String?, options: WatchOptions) async throws -> WatchStream {
        try await base.watch(type, namespace: namespace, options: options)
    }
}
