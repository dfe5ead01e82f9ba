import Foundation
import GRDB
import ObjectStore
import Resources

/// An object and the row that holds it.
struct StoredObject {
    var id: Int64
    var object: UnstructuredObject
    /// The JSON text as it is kept.
    var body: String

    private static let columns = "id, type, body"

    private init(_ row: Row) throws {
        let body: String = row["body"]
        self.id = row["id"]
        self.body = body
        self.object = try UnstructuredObject(type: KnownTypes.type(named: row["type"]), json: Data(body.utf8))
    }

    static func find(_ db: Database, _ type: ResourceType, _ key: ObjectKey) throws -> StoredObject? {
        let statement = try db.cachedStatement(
            sql: "SELECT \(columns) FROM object WHERE type = ? AND namespace = ? AND name = ?"
        )
        return try Row.fetchOne(statement, arguments: [type.qualifiedPlural, key.namespace, key.name])
            .map(StoredObject.init)
    }

    static func find(_ db: Database, id: Int64) throws -> StoredObject? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM object WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id]).map(StoredObject.init)
    }

    /// The objects that name an owner of that uid.
    static func dependents(_ db: Database, of uid: String) throws -> [StoredObject] {
        let statement = try db.cachedStatement(
            sql: "SELECT \(columns) FROM object WHERE id IN (SELECT object FROM owner WHERE uid = ?) ORDER BY id"
        )
        return try Row.fetchAll(statement, arguments: [uid]).map(StoredObject.init)
    }

    static func inNamespace(_ db: Database, _ namespace: String) throws -> [StoredObject] {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM object WHERE namespace = ? ORDER BY id")
        return try Row.fetchAll(statement, arguments: [namespace]).map(StoredObject.init)
    }

    /// Whether an object of that uid exists that may own something in the namespace: one of the same namespace, or of
    /// a kind without namespaces.
    static func ownerExists(_ db: Database, uid: String, namespace: String) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM object WHERE uid = ? AND namespace IN (?, ''))"
        )
        return try Bool.fetchOne(statement, arguments: [uid, namespace]) ?? false
    }
}
