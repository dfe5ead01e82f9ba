import ObjectStore
import Resources
import Synchronization

/// A store that a test can make unreachable.
final class StoppedStore: ObjectStore {
    private let store: any ObjectStore
    private let down = Mutex(false)

    init(_ store: any ObjectStore) { self.store = store }

    var isDown: Bool {
        get { down.withLock { $0 } }
        set { down.withLock { $0 = newValue } }
    }

    private func reachable() throws -> any ObjectStore {
        if isDown { throw StoreError(.unavailable, "down") }
        return store
    }

    func get(_ type: ResourceType, _ key: ObjectKey) async throws -> UnstructuredObject {
        try await reachable().get(type, key)
    }
    func list(_ type: ResourceType, namespace: String?, options: ListOptions) async throws -> ObjectList {
        try await reachable().list(type, namespace: namespace, options: options)
    }
    func create(_ object: UnstructuredObject) async throws -> UnstructuredObject {
        try await reachable().create(object)
    }
    func update(_ object: UnstructuredObject, subresource: Subresource) async throws -> UnstructuredObject {
        try await reachable().update(object, subresource: subresource)
    }
    func patch(_ type: ResourceType, _ key: ObjectKey, _ patch: Patch, subresource: Subresource) async throws
        -> UnstructuredObject
    {
        try await reachable().patch(type, key, patch, subresource: subresource)
    }
    func delete(_ type: ResourceType, _ key: ObjectKey, options: DeleteOptions) async throws -> UnstructuredObject {
        try await reachable().delete(type, key, options: options)
    }
    func watch(_ type: ResourceType, namespace: String?, options: WatchOptions) async throws -> WatchStream {
        try await reachable().watch(type, namespace: namespace, options: options)
    }
    func write(_ operations: [WriteOperation]) async throws -> [UnstructuredObject] {
        try await reachable().write(operations)
    }
}
