import ObjectStore
import Resources

/// Kubernetes' rules for deletions.
enum DeletionRules {
    /// - Throws: `StoreError.conflict` when a precondition does not hold.
    static func check(_ options: DeleteOptions, against stored: UnstructuredObject) throws(StoreError) {
        let metadata = stored.metadata
        if let uid = options.uid, uid != metadata.uid {
            let why = "Precondition failed: UID in precondition: \(uid), UID in object meta: \(metadata.uid ?? "")"
            throw .conflict(stored.type, stored.key, why)
        }
        if let version = options.resourceVersion, version != metadata.resourceVersion {
            let why =
                "Precondition failed: ResourceVersion in precondition: \(version), "
                + "ResourceVersion in object meta: \(metadata.resourceVersion ?? "")"
            throw .conflict(stored.type, stored.key, why)
        }
    }

    /// The object with its deletion time, or nil when it is marked already. Marking counts as a change of what is
    /// wanted, so the generation grows.
    static func marked(_ object: UnstructuredObject, now: Timestamp) -> UnstructuredObject? {
        guard object.metadata.deletionTimestamp == nil else { return nil }
        var marked = object
        marked.metadata.deletionTimestamp = now
        if let generation = object.metadata.generation { marked.metadata.generation = generation + 1 }
        return marked
    }

    /// The object without its references to that owner.
    static func withoutOwner(_ uid: String, _ object: UnstructuredObject) -> UnstructuredObject {
        var result = object
        result.metadata.ownerReferences.removeAll { $0.uid == uid }
        return result
    }
}
