import Foundation
import Logging
import ObjectStore
import Reconciling
import Resources
import SQLiteStore
import TestSupport

/// A real store, a lab over it (through a store that can be made to fail), and a clock in the test's hands.
struct Bench: Sendable {
    static let namespace = "lab"

    let base: any ObjectStore
    /// What the lab sees of the store.
    let store: FaultInjectingStore
    let time: ManualTime
    let authority: TestAuthority
    let lab: Lab
    private let isSequential: Bool

    /// - Parameter isSequential: Whether the lab's batches are carried out write by write, as in a cluster.
    init(
        base: any ObjectStore,
        time: ManualTime,
        authority: TestAuthority,
        leadership: any Leadership = SoleLeader(),
        isSequential: Bool = false
    ) {
        self.base = base
        self.store = FaultInjectingStore(base)
        self.time = time
        self.authority = authority
        self.isSequential = isSequential
        self.lab = Lab(
            store: isSequential ? SequentialStore(store) : store,
            configuration: LabConfiguration(endpoint: "controller.test:8082"),
            credentials: authority,
            time: time,
            leadership: leadership,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// A lab that was never run, on the same store: the next process, or another one beside this.
    func another(leadership: any Leadership = SoleLeader()) -> Bench {
        Bench(base: base, time: time, authority: authority, leadership: leadership, isSequential: isSequential)
    }

    /// Runs the lab while the body runs.
    func run<Result: Sendable>(_ body: (Bench) async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await lab.run() }
            let outcome: Swift.Result<Result, any Error>
            do {
                try await lab.synced()
                outcome = .success(try await body(self))
            } catch {
                outcome = .failure(error)
            }
            group.cancelAll()
            try await group.waitForAll()
            return try outcome.get()
        }
    }
}

/// Gives a body a store and a lab that does not run yet.
func withBench<Result>(
    patience: TimeInterval = 0,
    tokenValidity: TimeInterval = 365 * 86_400,
    isSequential: Bool = false,
    _ body: (Bench) async throws -> Result
) async throws -> Result {
    let folder = try TemporaryFolder()
    let time = ManualTime(patience: patience)
    let store = try SQLiteStore(
        SQLiteStoreConfiguration(
            folder: folder.url,
            now: { time.now() },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    )
    let authority = TestAuthority(time: time, validity: tokenValidity)
    do {
        let result = try await body(
            Bench(base: store, time: time, authority: authority, isSequential: isSequential)
        )
        try await store.close()
        return result
    } catch {
        try await store.close()
        throw error
    }
}

/// Gives a body a running lab.
func withLab<Result: Sendable>(
    patience: TimeInterval = 0,
    tokenValidity: TimeInterval = 365 * 86_400,
    _ body: (Bench) async throws -> Result
) async throws -> Result {
    try await withBench(patience: patience, tokenValidity: tokenValidity) { bench in try await bench.run(body) }
}

/// What a test waited for cannot come any more.
struct WatchEnded: Error, CustomStringConvertible {
    var description: String
}

func key(_ name: String) -> ObjectKey { ObjectKey(namespace: Bench.namespace, name: name) }
