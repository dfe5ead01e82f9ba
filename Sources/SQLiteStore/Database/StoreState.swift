import GRDB

/// Where the numbering of versions stands.
struct StoreState: Sendable, Hashable {
    /// The last version given to a change.
    var version: Int64
    /// The newest version whose change the log has forgotten: a watch can start here, not before.
    var pruned: Int64

    static func read(_ db: Database) throws -> StoreState {
        let statement = try db.cachedStatement(sql: "SELECT version, pruned FROM state")
        guard let row = try Row.fetchOne(statement) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the table state is empty")
        }
        return StoreState(version: row["version"], pruned: row["pruned"])
    }

    func write(_ db: Database) throws {
        try db.cachedStatement(sql: "UPDATE state SET version = ?, pruned = ?").execute(arguments: [version, pruned])
    }
}
