import Foundation
import GRDB
import Logging
import SQLiteStore
import TestSupport

/// A folder that goes away with the test, and stores in it.
struct TemporaryFolder: ~Copyable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "store-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    var database: URL { url.appending(path: "store.sqlite") }

    func configuration(
        date: ManualTime = ManualTime(),
        clock: any Clock<Duration> = ContinuousClock(),
        retainedChanges: Int = 50_000
    ) -> SQLiteStoreConfiguration {
        SQLiteStoreConfiguration(
            folder: url,
            now: date.now,
            clock: clock,
            retainedChanges: retainedChanges,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}

/// Runs a body with a new store, closed afterwards.
func withStore<Result>(
    clock: any Clock<Duration> = ContinuousClock(),
    retainedChanges: Int = 50_000,
    _ body: (SQLiteStore) async throws -> Result
) async throws -> Result {
    let folder = try TemporaryFolder()
    let store = try SQLiteStore(folder.configuration(clock: clock, retainedChanges: retainedChanges))
    do {
        let result = try await body(store)
        try await store.close()
        return result
    } catch {
        try await store.close()
        throw error
    }
}
