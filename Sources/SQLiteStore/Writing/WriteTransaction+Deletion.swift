import GRDB
import ObjectStore
import Resources

/// Deletion and what it takes along, all in the transaction of the deletion.
///
/// Background and foreground deletion are one here: what an object owns goes right after it. An object with several
/// owners only loses the reference while another of them exists; orphaning takes the reference from all. An owner owns
/// within its namespace (or everywhere, when its kind has none). Deleting a Namespace deletes what is in it; while
/// finalizers hold some of that, the Namespace stays, marked, and takes no new content.
///
/// An object written with owners none of which exists is accepted, and collected at the end of the same commit, as
/// Kubernetes' garbage collector would a moment later: watches see it come and go.
extension WriteTransaction {
    mutating func delete(
        _ type: ResourceType,
        _ key: ObjectKey,
        _ options: DeleteOptions
    ) throws -> UnstructuredObject {
        let stored = try existing(type, key)
        try DeletionRules.check(options, against: stored.object)
        if options.propagation == .orphan { try orphanDependents(of: stored.object) }
        return try markOrRemove(stored)
    }

    private mutating func markOrRemove(_ stored: StoredObject) throws -> UnstructuredObject {
        if !stored.object.metadata.finalizers.isEmpty { return try mark(stored) }
        if stored.object.type == .namespaces, try !deleteContent(of: stored.object.key.name) {
            return try mark(stored)
        }
        return try remove(stored, as: stored.object)
    }

    private mutating func mark(_ stored: StoredObject) throws -> UnstructuredObject {
        guard let marked = DeletionRules.marked(stored.object, now: now) else { return stored.object }
        return try replace(stored, with: marked)
    }

    /// Takes an object out and then everything that hung on it.
    mutating func remove(_ stored: StoredObject, as last: UnstructuredObject) throws -> UnstructuredObject {
        let erased = try erase(stored, as: last)
        try collectDependents(of: erased)
        try removeNamespaceIfDone(erased)
        return erased
    }

    private mutating func collectDependents(of owner: UnstructuredObject) throws {
        guard let uid = owner.metadata.uid else { return }
        for dependent in try StoredObject.dependents(db, of: uid) {
            guard owner.type.isNamespaced ? dependent.object.key.namespace == owner.key.namespace : true,
                // An earlier one of these may have taken this one along.
                let current = try StoredObject.find(db, id: dependent.id)
            else { continue }
            try collect(current, exceptOwner: uid)
        }
    }

    /// Deletes an object that has lost its owner, or takes the lost reference off it while another owner exists.
    private mutating func collect(_ stored: StoredObject, exceptOwner uid: String) throws {
        if try hasLivingOwner(stored.object) {
            _ = try replace(stored, with: DeletionRules.withoutOwner(uid, stored.object))
        } else {
            _ = try markOrRemove(stored)
        }
    }

    private func hasLivingOwner(_ object: UnstructuredObject) throws -> Bool {
        try object.metadata.ownerReferences.contains { owner in
            try StoredObject.ownerExists(db, uid: owner.uid, namespace: object.key.namespace)
        }
    }

    private mutating func orphanDependents(of owner: UnstructuredObject) throws {
        guard let uid = owner.metadata.uid else { return }
        for dependent in try StoredObject.dependents(db, of: uid) {
            _ = try replace(dependent, with: DeletionRules.withoutOwner(uid, dependent.object))
        }
    }

    mutating func collectUnowned() throws {
        for id in toCheckForOwners.sorted() {
            guard let stored = try StoredObject.find(db, id: id), !stored.object.metadata.ownerReferences.isEmpty,
                try !hasLivingOwner(stored.object)
            else { continue }
            _ = try markOrRemove(stored)
        }
    }

    /// Whether nothing is left.
    private mutating func deleteContent(of namespace: String) throws -> Bool {
        for content in try StoredObject.inNamespace(db, namespace) {
            guard let current = try StoredObject.find(db, id: content.id) else { continue }
            _ = try markOrRemove(current)
        }
        return try isEmpty(namespace)
    }

    private func isEmpty(_ namespace: String) throws -> Bool {
        let statement = try db.cachedStatement(sql: "SELECT NOT EXISTS (SELECT 1 FROM object WHERE namespace = ?)")
        return try Bool.fetchOne(statement, arguments: [namespace]) ?? true
    }

    /// Lets a Namespace that waited for its content go after the last of it.
    private mutating func removeNamespaceIfDone(_ erased: UnstructuredObject) throws {
        guard erased.type.isNamespaced, let namespace = try namespace(named: erased.key.namespace),
            namespace.object.metadata.deletionTimestamp != nil, namespace.object.metadata.finalizers.isEmpty,
            try isEmpty(erased.key.namespace)
        else { return }
        _ = try remove(namespace, as: namespace.object)
    }
}
