package import Resources

/// Where the service's objects live: the contract that the embedded store and the Kubernetes API both keep.
///
/// The semantics are Kubernetes': every object has a uid and a resource version; a write that carries a resource
/// version succeeds only while it is the current one; kinds with a status subresource take status only through it;
/// the generation counts changes of the specification; a watch delivers every change after its version once and in
/// order. Resource versions grow and can be compared as unsigned integers.
///
/// Every method throws `StoreError` (or `CancellationError` when the caller's task is cancelled).
package protocol ObjectStore: Sendable {
    /// The object of that kind and key.
    /// - Throws: `StoreError.notFound`.
    func get(_ type: ResourceType, _ key: ObjectKey) async throws -> UnstructuredObject

    /// The objects of a kind, ordered by namespace and name.
    /// - Parameter namespace: nil for every namespace.
    /// - Throws: `StoreError.expired` for a continue token of a state that is no longer kept.
    func list(_ type: ResourceType, namespace: String?, options: ListOptions) async throws -> ObjectList

    /// Adds an object. The store gives it uid, resource version, generation 1 and creation time; a status is dropped
    /// when the kind has the subresource. Acknowledged means durable.
    /// - Throws: `StoreError.alreadyExists`.
    func create(_ object: UnstructuredObject) async throws -> UnstructuredObject

    /// Replaces an object, or its status only. A resource version in the metadata is compared; a uid likewise.
    /// - Throws: `StoreError.notFound`, `.conflict`.
    func update(_ object: UnstructuredObject, subresource: Subresource) async throws -> UnstructuredObject

    /// Applies a patch atomically.
    /// - Throws: `StoreError.notFound`, `.conflict`, `.invalid` when the patch does not apply.
    func patch(_ type: ResourceType, _ key: ObjectKey, _ patch: Patch, subresource: Subresource) async throws
        -> UnstructuredObject

    /// Deletes an object, and in the background what it owns. With finalizers left it is only marked.
    /// Answers the object as it last was.
    /// - Throws: `StoreError.notFound`, `.conflict` when a precondition does not hold.
    func delete(_ type: ResourceType, _ key: ObjectKey, options: DeleteOptions) async throws -> UnstructuredObject

    /// Every change of a kind after a resource version, without a gap or a repeat. The stream ends with
    /// `StoreError.expired` when the version is no longer kept; then list again.
    func watch(_ type: ResourceType, namespace: String?, options: WatchOptions) async throws -> WatchStream

    /// Carries out writes in order. A store that can (`SQLiteStore`) makes them one transaction: all or none. One that
    /// cannot stops at the first failure and keeps what it did before, so that the caller must be ready to complete or
    /// undo a half of it, as after a crash.
    func write(_ operations: [WriteOperation]) async throws -> [UnstructuredObject]
}

extension ObjectStore {
    /// Write by write, for a store that knows no transactions.
    package func write(_ operations: [WriteOperation]) async throws -> [UnstructuredObject] {
        var results: [UnstructuredObject] = []
        for operation in operations {
            switch operation {
            case .create(let object): results.append(try await create(object))
            case .update(let object, let subresource):
                results.append(try await update(object, subresource: subresource))
            case .patch(let type, let key, let change, let subresource):
                results.append(try await patch(type, key, change, subresource: subresource))
            case .delete(let type, let key, let options):
                results.append(try await delete(type, key, options: options))
            }
        }
        return results
    }
}

/// The changes that a watch delivers; throws `StoreError` when it cannot go on.
package typealias WatchStream = AsyncThrowingStream<WatchEvent, any Error>

/// Which part of an object a write is about.
package enum Subresource: Sendable, Hashable {
    /// The object without its status (for kinds that have the subresource).
    case main
    /// The status alone.
    case status
}

/// One write of a batch.
package enum WriteOperation: Sendable {
    case create(UnstructuredObject)
    case update(UnstructuredObject, Subresource)
    case patch(ResourceType, ObjectKey, Patch, Subresource)
    case delete(ResourceType, ObjectKey, DeleteOptions)
}

/// How to list.
package struct ListOptions: Sendable {
    /// Only objects whose labels match.
    package var labelSelector: LabelSelector
    package var fieldSelector: FieldSelector
    /// At most that many objects; nil for all.
    package var limit: Int?
    /// The token of the previous page. Opaque; the pages of one list show one state.
    package var continueToken: String?

    package init(
        labelSelector: LabelSelector = LabelSelector(),
        fieldSelector: FieldSelector = FieldSelector(),
        limit: Int? = nil,
        continueToken: String? = nil
    ) {
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.limit = limit
        self.continueToken = continueToken
    }
}

/// A page of objects.
package struct ObjectList: Sendable {
    package var items: [UnstructuredObject]
    /// The state that the list shows; a watch from here misses nothing.
    package var resourceVersion: String
    /// Asks for the next page; nil on the last.
    package var continueToken: String?
    /// How many objects the later pages hold, when that is known.
    package var remainingItemCount: Int?

    package init(
        items: [UnstructuredObject],
        resourceVersion: String,
        continueToken: String? = nil,
        remainingItemCount: Int? = nil
    ) {
        self.items = items
        self.resourceVersion = resourceVersion
        self.continueToken = continueToken
        self.remainingItemCount = remainingItemCount
    }
}

/// How to watch.
package struct WatchOptions: Sendable {
    /// Changes after this version; nil for the present objects (as `added`) and then every change.
    package var resourceVersion: String?
    /// An object that stops matching is delivered as deleted, one that begins to as added.
    package var labelSelector: LabelSelector
    package var fieldSelector: FieldSelector
    /// Whether bookmarks are welcome: an early one after the present objects when no version was given (it carries the
    /// annotation `k8s.io/initial-events-end`), and one from time to time while nothing changes.
    package var allowBookmarks: Bool

    package init(
        resourceVersion: String? = nil,
        labelSelector: LabelSelector = LabelSelector(),
        fieldSelector: FieldSelector = FieldSelector(),
        allowBookmarks: Bool = false
    ) {
        self.resourceVersion = resourceVersion
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.allowBookmarks = allowBookmarks
    }
}

/// One change that a watch delivers.
package enum WatchEvent: Sendable {
    case added(UnstructuredObject)
    case modified(UnstructuredObject)
    /// The object as it last was, with the resource version of its deletion.
    case deleted(UnstructuredObject)
    /// Everything up to this resource version has been delivered.
    case bookmark(resourceVersion: String, initialEventsEnd: Bool)
}

/// Conditions and manner of a deletion (`metav1.DeleteOptions`).
package struct DeleteOptions: Sendable {
    /// Delete only the object of that uid.
    package var uid: String?
    /// Delete only that version of the object.
    package var resourceVersion: String?
    package var propagation: Propagation

    /// What happens to the objects that the deleted one owns.
    package enum Propagation: String, Sendable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    package init(uid: String? = nil, resourceVersion: String? = nil, propagation: Propagation = .background) {
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.propagation = propagation
    }
}
