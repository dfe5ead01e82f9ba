import GRDB
import ObjectStore
import Resources

extension WriteTransaction {
    mutating func create(_ proposed: UnstructuredObject) throws -> UnstructuredObject {
        let name = try freeName(for: proposed)
        let object = try CreationRules.object(from: proposed, name: name, uid: configuration.makeUID(), now: now)
        if try StoredObject.find(db, object.type, object.key) != nil {
            throw StoreError.alreadyExists(object.type, object.key)
        }
        try refuseContentOfTerminatingNamespace(object)
        return try insert(object)
    }

    /// The object's name, or a generated one that is free.
    private func freeName(for object: UnstructuredObject) throws -> String {
        guard object.metadata.name.isEmpty, let prefix = object.metadata.generateName, !prefix.isEmpty else {
            return object.metadata.name
        }
        var key = ObjectKey(namespace: object.key.namespace, name: "")
        for _ in 0..<GeneratedName.attempts {
            key.name = GeneratedName.name(prefix: prefix, randomNumber: configuration.randomNumber)
            if try StoredObject.find(db, object.type, key) == nil { return key.name }
        }
        throw StoreError.alreadyExists(object.type, key)
    }

    private func refuseContentOfTerminatingNamespace(_ object: UnstructuredObject) throws {
        guard object.type.isNamespaced, let namespace = try namespace(named: object.key.namespace),
            namespace.object.metadata.deletionTimestamp != nil
        else { return }
        throw StoreError(
            .forbidden,
            "\(object.type.qualifiedPlural) \"\(object.key.name)\" is forbidden: unable to create new content in "
                + "namespace \(object.key.namespace) because it is being terminated",
            type: object.type,
            name: object.key.name
        )
    }

    func namespace(named name: String) throws -> StoredObject? {
        try StoredObject.find(db, .namespaces, ObjectKey(name: name))
    }

    func existing(_ type: ResourceType, _ key: ObjectKey) throws -> StoredObject {
        guard let stored = try StoredObject.find(db, type, key) else { throw StoreError.notFound(type, key) }
        return stored
    }

    mutating func update(_ proposed: UnstructuredObject, _ subresource: Subresource) throws -> UnstructuredObject {
        let key = proposed.type.isNamespaced ? proposed.key : ObjectKey(name: proposed.key.name)
        return try update(existing(proposed.type, key), to: proposed, subresource)
    }

    mutating func patch(
        _ type: ResourceType,
        _ key: ObjectKey,
        _ patch: Patch,
        _ subresource: Subresource
    ) throws -> UnstructuredObject {
        let stored = try existing(type, key)
        return try update(stored, to: PatchRules.proposal(patch, to: stored.object), subresource)
    }

    private mutating func update(
        _ stored: StoredObject,
        to proposed: UnstructuredObject,
        _ subresource: Subresource
    ) throws -> UnstructuredObject {
        switch try UpdateRules.outcome(of: proposed, replacing: stored.object, subresource: subresource) {
        case .unchanged: stored.object
        case .changed(let next): try replace(stored, with: next)
        case .removed(let last): try remove(stored, as: last)
        }
    }
}
