package import Foundation
import GRDB
package import ObjectStore
package import Resources
import Synchronization

/// The embedded store: Kubernetes' semantics on one SQLite database in a data folder.
///
/// - One process at a time: a lock file keeps others out.
/// - Acknowledged means durable: every commit is synced (`synchronous=FULL`), and concurrent writes share commits.
/// - Reads run beside the writer on connections of their own and see every acknowledged write.
/// - A watch starts from any version that the log keeps and costs a page of memory, however slow its consumer.
package final class SQLiteStore: ObjectStore {
    private let lock: Mutex<FolderLock?>
    /// Internal for tests that look at the database or limit its size.
    let pool: DatabasePool
    private let configuration: SQLiteStoreConfiguration
    private let signal: ChangeSignal
    private let committer: GroupCommitter
    private let isClosed = Mutex(false)

    /// Opens the store of a folder; makes folder (mode 0700) and database (mode 0600) when they are missing, and brings
    /// an older database up to date.
    /// - Throws: `SQLiteStoreError`.
    package init(_ configuration: SQLiteStoreConfiguration) throws(SQLiteStoreError) {
        let folder = StoreFolder(url: configuration.folder)
        try folder.prepare()
        let lock = try FolderLock.take(path: folder.lock)
        self.pool = try DatabaseOpening.open(folder)
        self.lock = Mutex(consume lock)
        self.configuration = configuration
        self.signal = ChangeSignal()
        self.committer = GroupCommitter(pool: pool, configuration: configuration, signal: signal)
    }

    /// Opens the store of a folder with the usual bounds.
    /// - Throws: `SQLiteStoreError`.
    package convenience init(folder: URL, now: @escaping @Sendable () -> Date) throws(SQLiteStoreError) {
        try self.init(SQLiteStoreConfiguration(folder: folder, now: now))
    }

    /// Answers the writes that were accepted, ends the watches with `StoreError.unavailable`, closes the database and
    /// lets go of the folder. Later calls answer `unavailable`. Closing twice does nothing.
    /// - Throws: `StoreError` when the database cannot be closed.
    package func close() async throws {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        if wasClosed { return }
        do {
            try await committer.close()
            signal.close()
            try pool.close()
        } catch {
            throw StoreError.mapping(error)
        }
        lock.withLock { $0 = nil }
    }

    private func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try checkOpen()
        do {
            return try await pool.read(body)
        } catch {
            throw StoreError.mapping(error)
        }
    }

    private func checkOpen() throws(StoreError) {
        if isClosed.withLock({ $0 }) { throw StoreError(.unavailable, "the store is closed") }
    }

    private func write(_ operation: WriteOperation) async throws -> UnstructuredObject {
        guard let result = try await committer.submit([operation]).first else {
            throw StoreError(.internalError, "a write had no result")
        }
        return result
    }
}

extension SQLiteStore {
    package func get(_ type: ResourceType, _ key: ObjectKey) async throws -> UnstructuredObject {
        try await read { db in
            guard let stored = try StoredObject.find(db, type, key) else { throw StoreError.notFound(type, key) }
            return stored.object
        }
    }

    package func list(_ type: ResourceType, namespace: String?, options: ListOptions) async throws -> ObjectList {
        let reader = ListReader(type: type, namespace: namespace, options: options)
        return try await read { db in try reader.read(db) }
    }

    package func create(_ object: UnstructuredObject) async throws -> UnstructuredObject {
        try await write(.create(object))
    }

    package func update(_ object: UnstructuredObject, subresource: Subresource) async throws -> UnstructuredObject {
        try await write(.update(object, subresource))
    }

    package func patch(
        _ type: ResourceType,
        _ key: ObjectKey,
        _ patch: Patch,
        subresource: Subresource
    ) async throws -> UnstructuredObject {
        try await write(.patch(type, key, patch, subresource))
    }

    package func delete(
        _ type: ResourceType,
        _ key: ObjectKey,
        options: DeleteOptions
    ) async throws -> UnstructuredObject {
        try await write(.delete(type, key, options))
    }

    package func write(_ operations: [WriteOperation]) async throws -> [UnstructuredObject] {
        guard !operations.isEmpty else { return [] }
        return try await committer.submit(operations)
    }

    package func watch(
        _ type: ResourceType,
        namespace: String?,
        options: WatchOptions
    ) async throws -> WatchStream {
        try checkOpen()
        let cursor = WatchCursor(
            reader: pool,
            signal: signal,
            configuration: configuration,
            filter: WatchFilter(
                type: type,
                namespace: namespace,
                labelSelector: options.labelSelector,
                fieldSelector: options.fieldSelector
            ),
            start: try Self.startVersion(options.resourceVersion),
            allowsBookmarks: options.allowBookmarks
        )
        return WatchStream { try await cursor.next() }
    }

    /// "0" means any state to Kubernetes: here the present one.
    private static func startVersion(_ text: String?) throws(StoreError) -> Int64? {
        guard let text, !text.isEmpty, text != "0" else { return nil }
        guard let version = Int64(text), version > 0 else {
            throw StoreError(.badRequest, "invalid resource version \"\(text)\"; expected a positive whole number")
        }
        return version
    }
}
