package import Resources

extension ObjectStore {
    /// The typed object of that key.
    /// - Throws: `StoreError.notFound`.
    package func get<R: Resource>(_ type: R.Type, _ key: ObjectKey) async throws -> R {
        try await get(R.resourceType, key).decoded(as: R.self)
    }

    /// Every object of a kind that matches, and the resource version that the list shows.
    package func list<R: Resource>(
        _ type: R.Type,
        namespace: String?,
        options: ListOptions = ListOptions()
    ) async throws -> (items: [R], resourceVersion: String) {
        let list = try await list(R.resourceType, namespace: namespace, options: options)
        return (try list.items.map { try $0.decoded(as: R.self) }, list.resourceVersion)
    }

    /// Adds a typed object; answers it as stored.
    /// - Throws: `StoreError.alreadyExists`.
    package func create<R: Resource>(_ resource: R) async throws -> R {
        try await create(UnstructuredObject(resource)).decoded(as: R.self)
    }

    /// Replaces a typed object or its status, by compare-and-set when it carries a resource version.
    /// - Throws: `StoreError.notFound`, `.conflict`.
    package func update<R: Resource>(_ resource: R, subresource: Subresource = .main) async throws -> R {
        try await update(UnstructuredObject(resource), subresource: subresource).decoded(as: R.self)
    }
}
