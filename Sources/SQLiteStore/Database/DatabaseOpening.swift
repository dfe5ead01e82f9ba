import Foundation
import GRDB

/// Opens the database of a folder: makes it when there is none, refuses one that is not ours, damaged or newer.
enum DatabaseOpening {
    /// - Throws: `SQLiteStoreError`.
    static func open(_ folder: StoreFolder) throws(SQLiteStoreError) -> DatabasePool {
        do {
            if try !isThere(folder) { try make(folder) }
            try checkHeader(folder.database)
            let pool = try DatabasePool(path: folder.database, configuration: configuration)
            try pool.writeWithoutTransaction { db in
                // After the pool's own set-up, which says NORMAL: an acknowledged write must survive a power cut.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try check(db, folder.database)
            }
            try Schema.migrator.migrate(pool)
            return pool
        } catch let error as SQLiteStoreError {
            throw error
        } catch {
            throw failure(error, folder.database)
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "jumpstarter.store"
        // Nobody else writes; an administrator's sqlite3 shell may read for a moment.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            // The journal is cut back to 64 MiB after a burst.
            try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        return configuration
    }

    private static func isThere(_ folder: StoreFolder) throws -> Bool {
        guard FileManager.default.fileExists(atPath: folder.database) else { return false }
        guard FileManager.default.isReadableFile(atPath: folder.database),
            FileManager.default.isWritableFile(atPath: folder.database)
        else {
            throw SQLiteStoreError(
                .notWritable,
                path: folder.database,
                "this process may not read and write the database; change its owner or mode"
            )
        }
        return true
    }

    /// Makes a complete database under another name and renames it: a crash leaves nothing half-made behind.
    private static func make(_ folder: StoreFolder) throws {
        let draft = folder.databaseInTheMaking
        for leftover in [draft, draft + "-journal", folder.database + "-wal", folder.database + "-shm"] {
            if FileManager.default.fileExists(atPath: leftover) { try FileManager.default.removeItem(atPath: leftover) }
        }
        try folder.makePrivateFile(draft)
        let queue = try DatabaseQueue(path: draft)
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
        }
        try Schema.migrator.migrate(queue)
        try queue.close()
        try folder.move(draft, to: folder.database)
    }

    /// The header says whether the file is ours before SQLite touches it.
    private static func checkHeader(_ path: String) throws {
        let handle = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? handle.close() }
        let header = [UInt8](try handle.read(upToCount: 100) ?? Data())
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw SQLiteStoreError(
                .foreignFile,
                path: path,
                "is not an SQLite database, or its beginning is damaged; restore it from a backup, "
                    + "or move it away to start empty"
            )
        }
        let identifier = header[68..<72].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard Int32(bitPattern: identifier) == Schema.applicationID else {
            throw SQLiteStoreError(
                .foreignFile,
                path: path,
                "is a database of another program; name another data folder"
            )
        }
    }

    private static func check(_ db: Database, _ path: String) throws {
        let known = Set(Schema.migrator.migrations)
        let newer = try Schema.migrator.appliedIdentifiers(db).subtracting(known)
        if let version = newer.sorted().last {
            throw SQLiteStoreError(
                .newerSchema,
                path: path,
                "was written by a newer version of this program (schema \(version), this one knows "
                    + "\(known.sorted().joined(separator: ", "))); run that version, or restore an older backup"
            )
        }
        let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
        guard verdict == "ok" else {
            throw SQLiteStoreError(.corrupt, path: path, "is damaged (\(verdict)); restore it from a backup")
        }
    }

    private static func failure(_ error: any Error, _ path: String) -> SQLiteStoreError {
        guard let error = error as? DatabaseError else {
            return SQLiteStoreError(.failed, path: path, "cannot be opened: \(error.localizedDescription)")
        }
        let detail = error.message ?? error.resultCode.description
        return switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            SQLiteStoreError(.corrupt, path: path, "is damaged (\(detail)); restore it from a backup")
        case .SQLITE_FULL:
            SQLiteStoreError(.diskFull, path: path, "there is no space left on the disk (\(detail)); free some")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
            SQLiteStoreError(
                .notWritable,
                path: path,
                "cannot be opened for writing (\(detail)); check owner, mode and free space of the folder"
            )
        default:
            SQLiteStoreError(.failed, path: path, "cannot be opened: \(detail)")
        }
    }
}
