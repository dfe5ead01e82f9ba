import ObjectStore
import Resources

/// What a write does to an object that exists.
enum UpdateOutcome: Sendable, Hashable {
    /// Nothing differs: no new version, no event.
    case unchanged
    /// The object as it shall be kept; its resource version is still the old one.
    case changed(UnstructuredObject)
    /// The last finalizer of an object marked for deletion went: the object goes.
    case removed(UnstructuredObject)
}

/// Kubernetes' rules for replacing an object or its status.
///
/// Source: Kubernetes API conventions (metadata, spec and status) and "Custom Resources" (status subresource: a write
/// of the status ignores everything else, one of the object ignores the status; metadata.generation grows with every
/// change outside metadata and status).
enum UpdateRules {
    /// - Throws: `StoreError.conflict` when the proposed resource version or uid is not the stored one, `.invalid`.
    static func outcome(
        of proposed: UnstructuredObject,
        replacing stored: UnstructuredObject,
        subresource: Subresource
    ) throws(StoreError) -> UpdateOutcome {
        try compare(proposed, stored)
        switch subresource {
        case .status: return try outcome(ofStatus: proposed, stored)
        case .main: return try outcome(ofMain: proposed, stored)
        }
    }

    private static func compare(_ proposed: UnstructuredObject, _ stored: UnstructuredObject) throws(StoreError) {
        let type = stored.type
        if let uid = proposed.metadata.uid, !uid.isEmpty, uid != stored.metadata.uid {
            let why =
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(stored.metadata.uid ?? "")"
            throw .conflict(type, stored.key, why)
        }
        if let version = proposed.metadata.resourceVersion, !version.isEmpty, version != stored.metadata.resourceVersion
        {
            throw .conflict(type, stored.key)
        }
    }

    private static func outcome(
        ofStatus proposed: UnstructuredObject,
        _ stored: UnstructuredObject
    ) throws(StoreError) -> UpdateOutcome {
        guard stored.type.hasStatusSubresource else {
            throw StoreError(
                .notFound,
                "\(stored.type.qualifiedPlural) have no status subresource",
                type: stored.type,
                name: stored.key.name
            )
        }
        var next = stored
        let status = proposed.content["status"]
        // No status and an empty one are the same: a typed object that never had one says {}.
        if status != .object([:]) || stored.content["status"] != nil { next.content["status"] = status }
        return next == stored ? .unchanged : .changed(next)
    }

    private static func outcome(
        ofMain proposed: UnstructuredObject,
        _ stored: UnstructuredObject
    ) throws(StoreError) -> UpdateOutcome {
        var next = proposed
        let old = stored.metadata
        next.metadata.name = old.name
        next.metadata.namespace = old.namespace
        next.metadata.uid = old.uid
        next.metadata.resourceVersion = old.resourceVersion
        next.metadata.creationTimestamp = old.creationTimestamp
        next.metadata.deletionTimestamp = old.deletionTimestamp
        next.metadata.generation = old.generation
        if stored.type.hasStatusSubresource { next.content["status"] = stored.content["status"] }

        let problems = MetadataRules.problems(next) + MetadataRules.finalizerProblems(next, replacing: stored)
        if !problems.isEmpty { throw .invalid(stored.type, stored.key, problems) }
        if next == stored { return .unchanged }
        if stored.type.hasStatusSubresource, next.content != stored.content {
            next.metadata.generation = (old.generation ?? 0) + 1
        }
        let isReleased = old.deletionTimestamp != nil && next.metadata.finalizers.isEmpty
        return isReleased ? .removed(next) : .changed(next)
    }
}
