import GRDB

@testable import SQLiteStore

extension SQLiteStore {
    /// The journal mode and the level of synchronisation of the writer.
    func durability() async throws -> String {
        try await pool.writeWithoutTransaction { db in
            let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
            let level = try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1
            return "\(mode), synchronous \(level)"
        }
    }

    /// Lets the database grow by that many pages at most; then SQLite says that the disk is full.
    func limitSize(toPagesBeyondPresent pages: Int) async throws {
        try await pool.writeWithoutTransaction { db in
            let present = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(present + pages)")
        }
    }
}
