import Foundation
import GRDB
import ObjectStore
import Resources
import SQLiteStore
import TestSupport
import Testing

@Suite("Opening a SQLiteStore")
struct SQLiteStoreOpeningTests {
    /// The error with which opening fails.
    private static func failure(_ configuration: SQLiteStoreConfiguration) async throws -> SQLiteStoreError? {
        do {
            let store = try SQLiteStore(configuration)
            try await store.close()
            return nil
        } catch let error as SQLiteStoreError {
            return error
        }
    }

    private static func mode(_ url: URL) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test("makes a missing folder for its owner alone, and the files in it too")
    func makingFolder() async throws {
        let folder = try TemporaryFolder()
        var configuration = folder.configuration()
        configuration.folder = folder.url.appending(path: "deep/data")
        let store = try SQLiteStore(configuration)
        _ = try await store.create(Client(metadata: ObjectMeta(name: "a", namespace: "lab")))
        #expect(try Self.mode(configuration.folder) == 0o700)
        for name in ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "store.lock"] {
            #expect(try Self.mode(configuration.folder.appending(path: name)) == 0o600, "\(name)")
        }
        try await store.close()
    }

    @Test("finds objects, versions and changes again after closing")
    func reopening() async throws {
        let folder = try TemporaryFolder()
        let first = try SQLiteStore(folder.configuration())
        let created = try await first.create(Client(metadata: ObjectMeta(name: "a", namespace: "lab")))
        let deleted = try await first.create(Client(metadata: ObjectMeta(name: "b", namespace: "lab")))
        let last = try await first.delete(.clients, deleted.key, options: DeleteOptions())
        try await first.close()

        let second = try SQLiteStore(folder.configuration())
        #expect(try await second.get(Client.self, created.key) == created)
        var watch = try await second.watch(
            .clients,
            namespace: nil,
            options: WatchOptions(resourceVersion: deleted.metadata.resourceVersion)
        ).makeAsyncIterator()
        guard case .deleted(let object) = try await watch.next() else {
            Issue.record("expected a deletion")
            return
        }
        #expect(object == last)
        let next = try await second.create(Client(metadata: ObjectMeta(name: "c", namespace: "lab")))
        let versions = [last.metadata.resourceVersion, next.metadata.resourceVersion].compactMap { $0 }.compactMap(
            Int.init
        )
        #expect(versions.count == 2 && versions[0] < versions[1])
        try await second.close()
    }

    @Test("syncs every commit")
    func synchronous() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder.configuration())
        #expect(try await store.durability() == "wal, synchronous 2")
        try await store.close()
    }

    @Test("refuses a folder that another store has open, naming the process, and takes it when that closes")
    func locking() async throws {
        let folder = try TemporaryFolder()
        let first = try SQLiteStore(folder.configuration())
        let error = try await Self.failure(folder.configuration())
        #expect(error?.reason == .locked)
        #expect(error?.description.contains("process id \(ProcessInfo.processInfo.processIdentifier)") == true)
        #expect(error?.path.hasSuffix("store.lock") == true)
        try await first.close()
        #expect(try await Self.failure(folder.configuration()) == nil)
    }

    @Test("refuses a database of another program and leaves it alone")
    func foreignDatabase() async throws {
        let folder = try TemporaryFolder()
        let queue = try DatabaseQueue(path: folder.database.path)
        try await queue.write { db in try db.execute(sql: "CREATE TABLE theirs (a)") }
        try queue.close()
        let before = try Data(contentsOf: folder.database)
        let error = try await Self.failure(folder.configuration())
        #expect(error?.reason == .foreignFile)
        #expect(error?.description.contains("store.sqlite: is a database of another program") == true)
        #expect(try Data(contentsOf: folder.database) == before)
    }

    @Test(
        "refuses a file that is no database",
        arguments: ["", "short", String(repeating: "no database ", count: 100)]
    )
    func noDatabase(_ content: String) async throws {
        let folder = try TemporaryFolder()
        try Data(content.utf8).write(to: folder.database)
        let error = try await Self.failure(folder.configuration())
        #expect(error?.reason == .foreignFile)
        #expect(try Data(contentsOf: folder.database) == Data(content.utf8))
    }

    @Test("refuses a damaged database")
    func corruption() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(folder.configuration())
        for number in 0..<50 {
            _ = try await store.create(Client(metadata: ObjectMeta(name: "client-\(number)", namespace: "lab")))
        }
        try await store.close()
        var bytes = try Data(contentsOf: folder.database)
        try #require(bytes.count > 16_384)
        for index in 4_096..<16_384 { bytes[index] = 0x5A }
        try bytes.write(to: folder.database)
        let error = try await Self.failure(folder.configuration())
        #expect(error?.reason == .corrupt)
        #expect(error?.description.contains("restore it from a backup") == true)
    }

    @Test("refuses a database that a newer version wrote, naming the schema")
    func newerSchema() async throws {
        let folder = try TemporaryFolder()
        try await SQLiteStore(folder.configuration()).close()
        let queue = try DatabaseQueue(path: folder.database.path)
        try await queue.write { db in try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('9')") }
        try queue.close()
        let error = try await Self.failure(folder.configuration())
        #expect(error?.reason == .newerSchema)
        #expect(error?.description.contains("schema 9, this one knows 1") == true)
    }

    @Test("refuses a file in the folder's place")
    func fileAsFolder() async throws {
        let folder = try TemporaryFolder()
        var configuration = folder.configuration()
        configuration.folder = folder.url.appending(path: "file")
        try Data().write(to: configuration.folder)
        let error = try await Self.failure(configuration)
        #expect(error?.reason == .folderUnusable)
        configuration.folder = folder.url.appending(path: "file/below")
        #expect(try await Self.failure(configuration)?.reason == .folderUnusable)
    }

    @Test("refuses a folder that it may not write", .disabled(if: getuid() == 0, "root may write everywhere"))
    func readOnlyFolder() async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.url.path)
        #expect(try await Self.failure(folder.configuration())?.reason == .notWritable)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.url.path)
    }

    @Test("starts afresh from a creation that a crash cut short")
    func leftovers() async throws {
        let folder = try TemporaryFolder()
        try Data("half a database".utf8).write(to: URL(filePath: folder.database.path + ".new"))
        try Data("99999".utf8).write(to: folder.url.appending(path: "store.lock"))
        #expect(try await Self.failure(folder.configuration()) == nil)
    }
}
