import Foundation
import ObjectStore
import Resources
import SQLiteStore
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite("SQLiteStore and sudden death", .timeLimit(.minutes(1)))
struct SQLiteStoreDurabilityTests {
    @Test("everything acknowledged before kill -9 is there afterwards", arguments: [1, 40, 400])
    func killed(_ acknowledgements: Int) async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.path
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, acknowledgements = acknowledgements as Int] in
            try await writeUntilKilled(path, after: acknowledgements)
        }
        let text = try String(contentsOfFile: path + "/acknowledged", encoding: .utf8)
        let acknowledged = Set(text.split(separator: "\n").map(String.init))
        #expect(acknowledged.count >= acknowledgements)

        let store = try SQLiteStore(folder.configuration())
        let list = try await store.list(Client.self, namespace: "lab")
        #expect(acknowledged.subtracting(list.items.map(\.metadata.name)).isEmpty)
        let versions = list.items.compactMap { $0.metadata.resourceVersion.flatMap(Int.init) }
        #expect(Set(versions).count == list.items.count)
        let next = try await store.create(Client(metadata: ObjectMeta(name: "next", namespace: "lab")))
        #expect(try #require(next.metadata.resourceVersion.flatMap(Int.init)) > versions.max() ?? 0)
        try await store.close()
    }
}

/// Creates objects from several tasks at once, notes each acknowledged name in a file, and dies amid the writing.
private func writeUntilKilled(_ path: String, after acknowledgements: Int) async throws {
    let store = try SQLiteStore(SQLiteStoreConfiguration(folder: URL(filePath: path), now: { Date() }))
    let acknowledged = Acknowledgements(file: path + "/acknowledged", limit: acknowledgements)
    try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<20 {
            group.addTask {
                for number in 0... {
                    let name = "client-\(writer)-\(number)"
                    _ = try await store.create(Client(metadata: ObjectMeta(name: name, namespace: "lab")))
                    acknowledged.note(name)
                }
            }
        }
        try await group.waitForAll()
    }
}

/// Names in a file, which outlives the process; the one that reaches the limit kills it.
private final class Acknowledgements: Sendable {
    private let descriptor: Int32
    private let limit: Int
    private let count = Mutex(0)

    init(file: String, limit: Int) {
        descriptor = open(file, O_CREAT | O_WRONLY | O_APPEND, 0o600)
        self.limit = limit
    }

    func note(_ name: String) {
        let line = Array("\(name)\n".utf8)
        let isLast = count.withLock { count in
            _ = write(descriptor, line, line.count)
            count += 1
            return count == limit
        }
        if isLast { kill(getpid(), SIGKILL) }
    }
}
