import Foundation
import GRDB
import ObjectStore
import Resources

extension WriteTransaction {
    /// Keeps a new object under the next version.
    mutating func insert(_ proposed: UnstructuredObject) throws -> UnstructuredObject {
        var object = proposed
        let version = nextVersion(object.type)
        object.metadata.resourceVersion = String(version)
        let labels = LabelText.text(object.metadata.labels)
        try db.cachedStatement(
            sql: "INSERT INTO object (type, namespace, name, uid, version, labels, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
        ).execute(
            arguments: [
                object.type.qualifiedPlural, object.key.namespace, object.key.name, object.metadata.uid, version,
                labels,
                try Self.text(object),
            ]
        )
        let id = db.lastInsertedRowID
        try insertOwners(object.metadata.ownerReferences, id)
        try log(version, id, object, labels: labels, previous: nil)
        return object
    }

    /// Keeps an object's next state under the next version.
    mutating func replace(_ stored: StoredObject, with proposed: UnstructuredObject) throws -> UnstructuredObject {
        var object = proposed
        let version = nextVersion(object.type)
        object.metadata.resourceVersion = String(version)
        let labels = LabelText.text(object.metadata.labels)
        try db.cachedStatement(sql: "UPDATE object SET version = ?, labels = ?, body = ? WHERE id = ?")
            .execute(arguments: [version, labels, try Self.text(object), stored.id])
        if object.metadata.ownerReferences != stored.object.metadata.ownerReferences {
            try db.cachedStatement(sql: "DELETE FROM owner WHERE object = ?").execute(arguments: [stored.id])
            try insertOwners(object.metadata.ownerReferences, stored.id)
        }
        try log(version, stored.id, object, labels: labels, previous: stored)
        return object
    }

    /// Takes an object out; answers it with the version of its deletion.
    mutating func erase(_ stored: StoredObject, as last: UnstructuredObject) throws -> UnstructuredObject {
        var object = last
        let version = nextVersion(object.type)
        object.metadata.resourceVersion = String(version)
        try db.cachedStatement(sql: "DELETE FROM object WHERE id = ?").execute(arguments: [stored.id])
        let labels = LabelText.text(stored.object.metadata.labels)
        try log(version, stored.id, object, labels: labels, previous: stored)
        return object
    }

    private mutating func nextVersion(_ type: ResourceType) -> Int64 {
        state.version += 1
        touched[type.qualifiedPlural] = state.version
        return state.version
    }

    private mutating func insertOwners(_ owners: [OwnerReference], _ id: Int64) throws {
        guard !owners.isEmpty else { return }
        toCheckForOwners.insert(id)
        for owner in owners {
            try db.cachedStatement(sql: "INSERT OR IGNORE INTO owner (uid, object) VALUES (?, ?)")
                .execute(arguments: [owner.uid, id])
        }
    }

    private func log(
        _ version: Int64,
        _ id: Int64,
        _ object: UnstructuredObject,
        labels: String,
        previous: StoredObject?
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO change (version, type, object, namespace, name, labels, previous_labels, previous)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                version, object.type.qualifiedPlural, id, object.key.namespace, object.key.name, labels,
                previous.map { LabelText.text($0.object.metadata.labels) }, previous?.body,
            ]
        )
    }

    private static func text(_ object: UnstructuredObject) throws -> String {
        String(decoding: try object.jsonData(), as: UTF8.self)
    }
}
