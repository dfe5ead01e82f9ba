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
        let query = try rows(
            db,
            columns: "namespace, name, body",
            changeColumns: "namespace, name, previous AS body"
        )
        let statement = try db.statement(
            sql: query.sql + " ORDER BY namespace, name",
            isOneOfFew: labelSelector.isEmpty
        )
        let cursor = try Row.fetchCursor(statement, arguments: StatementArguments(query.arguments))
        var result: [UnstructuredObject] = []
        while limit.map({ result.count < $0 }) ?? true, let row = try cursor.next() {
            let body: Data = row["body"]
            let object = try UnstructuredObject(type: type, json: body)
            if labelSelector.matches(object.metadata.labels), fieldSelector.matches(object) { result.append(object) }
        }
        return result
    }

    /// How many objects there are; only for a query without selectors.
    func count(_ db: Database) throws -> Int {
        let query = try rows(db, columns: "id", changeColumns: "object")
        let statement = try db.statement(
            sql: "SELECT count(*) FROM (\(query.sql))",
            isOneOfFew: labelSelector.isEmpty
        )
        return try Int.fetchOne(statement, arguments: StatementArguments(query.arguments)) ?? 0
    }

    private func rows(_ db: Database, columns: String, changeColumns: String) throws -> SQLCondition {
        let condition = condition(labelColumn: "labels")
        let present = SQLCondition(
            sql: "SELECT \(columns) FROM object WHERE type = ? AND version <= ? AND \(condition.sql)",
            arguments: [type.qualifiedPlural, version] + condition.arguments
        )
        // Alone, the present rows come in the order of an index, and a page reads no more of them than it needs.
        guard try hasChangedSince(db) else { return present }
        let past = past(changeColumns)
        return SQLCondition(
            sql: present.sql + " UNION ALL " + past.sql,
            arguments: present.arguments + past.arguments
        )
    }

    /// The objects that have changed since, as they were. SQLite takes the other columns of a group from the row that
    /// has the minimum.
    private func past(_ columns: String) -> SQLCondition {
        let condition = condition(labelColumn: "previous_labels")
        return SQLCondition(
            sql: """
                SELECT \(columns) FROM
                    (SELECT *, min(version) FROM change WHERE type = ? AND version > ? GROUP BY object)
                WHERE previous IS NOT NULL AND \(condition.sql)
                """,
            arguments: [type.qualifiedPlural, version] + condition.arguments
        )
    }

    private func hasChangedSince(_ db: Database) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM change WHERE type = ? AND version > ?)"
        )
        return try Bool.fetchOne(statement, arguments: [type.qualifiedPlural, version]) ?? false
    }

    private func condition(labelColumn: String) -> SQLCondition {
        var parts: [SQLCondition] = []
        if let namespace { parts.append(.equal("namespace", namespace)) }
        if let name = fieldSelector.exactName { parts.append(.equal("name", name)) }
        if !labelSelector.isEmpty { parts.append(.labels(labelSelector, column: labelColumn)) }
        if let after, namespace != nil {
            // In this form SQLite reads on from the key in the index; the other makes it sort within one namespace.
            parts.append(SQLCondition(sql: "name > ?", arguments: [after.name]))
        } else if let after {
            parts.append(SQLCondition(sql: "(namespace, name) > (?, ?)", arguments: [after.namespace, after.name]))
        }
        return .all(parts)
    }
}
