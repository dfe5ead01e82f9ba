import Foundation
import GRDB
import ObjectStore
import Resources

/// One version of the log, with the object before and after it.
struct ChangeRecord: Sendable {
    var version: Int64
    /// The JSON text before; nil when the change made the object.
    var before: Data?
    /// The JSON text after; nil when the change removed the object.
    var after: Data?
}

extension ChangeRecord {
    /// Reads the changes of a watch after a version, at most `limit`, oldest first.
    static func read(_ db: Database, _ filter: WatchFilter, after version: Int64, limit: Int) throws -> [ChangeRecord] {
        let condition = filter.condition
        let statement = try db.statement(
            sql: """
                SELECT version, previous, coalesce(
                    (SELECT later.previous FROM change later
                        WHERE later.object = change.object AND later.version > change.version
                        ORDER BY later.version LIMIT 1),
                    (SELECT body FROM object WHERE object.id = change.object)) AS body
                FROM change WHERE type = ? AND version > ? AND \(condition.sql) ORDER BY version LIMIT ?
                """,
            isOneOfFew: filter.labelSelector.isEmpty
        )
        let arguments: [any DatabaseValueConvertible] =
            [filter.type.qualifiedPlural, version] + condition.arguments + [limit]
        return try Row.fetchAll(statement, arguments: StatementArguments(arguments)).map { row in
            ChangeRecord(version: row["version"], before: row["previous"], after: row["body"])
        }
    }

    /// What the change looks like through the filter: an object that stops matching is deleted, one that begins to is
    /// added; nil when it matched neither before nor after.
    func event(through filter: WatchFilter) throws -> WatchEvent? {
        let old = try before.map { try UnstructuredObject(type: filter.type, json: $0) }
        let new = try after.map { try UnstructuredObject(type: filter.type, json: $0) }
        let matchedBefore = old.map(filter.matches) ?? false
        if let new, filter.matches(new) { return matchedBefore ? .modified(new) : .added(new) }
        guard matchedBefore, var last = old else { return nil }
        last.metadata.resourceVersion = String(version)
        return .deleted(last)
    }
}
