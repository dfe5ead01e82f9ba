import Foundation
import GRDB
import ObjectStore
import Resources

/// The objects of a kind as they were at a version, in the order of namespace and name, from a key onwards.
///
/// An object that has not changed since stands in `object`; of one that has, the first later change holds the text
/// before it. So every version that the log still reaches back to can be read.
struct SnapshotQuery: Sendable {
    var type: ResourceType
    var version: Int64
    /// nil for every namespace.
    var namespace: String?
    var labelSelector = LabelSelector()
    var fieldSelector = FieldSelector()
    /// Only objects after this key.
    var after: ObjectKey?

    /// Reads at most `limit` objects (nil: all).
    func objects(_ db: Database, limit: Int?) throws -> [UnstructuredObject] {
        let query = rows(columns: "namespace, name, body", changeColumns: "namespace, name, previous AS body")
        let statement = try db.cachedStatement(sql: query.sql + " ORDER BY namespace, name")
        let cursor = try Row.fetchCursor(statement, arguments: StatementArguments(query.arguments))
        var result: [UnstructuredObject] = []
        while limit.map({ result.count < $0 }) ?? true, let row = try cursor.next() {
            let body: Data = row["body"]
            let object = try UnstructuredObject(type: type, json: body)
            if fieldSelector.matches(object) { result.append(object) }
        }
        return result
    }

    /// How many objects there are; the field selector is left out of account.
    func count(_ db: Database) throws -> Int {
        let query = rows(columns: "id", changeColumns: "object")
        let statement = try db.cachedStatement(sql: "SELECT count(*) FROM (\(query.sql))")
        return try Int.fetchOne(statement, arguments: StatementArguments(query.arguments)) ?? 0
    }

    private func rows(columns: String, changeColumns: String) -> SQLCondition {
        let present = condition(labelColumn: "labels")
        let past = condition(labelColumn: "previous_labels")
        // SQLite takes the other columns of a group from the row that has the minimum.
        return SQLCondition(
            sql: """
                SELECT \(columns) FROM object WHERE type = ? AND version <= ? AND \(present.sql)
                UNION ALL
                SELECT \(changeColumns) FROM
                    (SELECT *, min(version) FROM change WHERE type = ? AND version > ? GROUP BY object)
                WHERE previous IS NOT NULL AND \(past.sql)
                """,
            arguments: [type.qualifiedPlural, version] + present.arguments + [type.qualifiedPlural, version]
                + past.arguments
        )
    }

    private func condition(labelColumn: String) -> SQLCondition {
        var parts: [SQLCondition] = []
        if let namespace { parts.append(.equal("namespace", namespace)) }
        if let name = fieldSelector.exactName { parts.append(.equal("name", name)) }
        if !labelSelector.isEmpty { parts.append(.labels(labelSelector, column: labelColumn)) }
        if let after {
            parts.append(SQLCondition(sql: "(namespace, name) > (?, ?)", arguments: [after.namespace, after.name]))
        }
        return .all(parts)
    }
}
