import GRDB
import Logging
import ObjectStore
import Resources
import Synchronization

/// Gathers the writes of concurrent callers into shared commits.
///
/// While one commit waits for the disk, the writes that arrive meanwhile gather for the next: nothing is delayed on
/// purpose. Each write has a savepoint, so one that is refused undoes nothing of the others, and every caller is
/// answered only after the commit. A commit that fails as a whole is tried again write by write, so that each caller
/// learns the fate of his own.
///
/// Bound: `maximumQueuedWrites` waiting writes; further ones are answered `unavailable` at once.
final class GroupCommitter: Sendable {
    private struct Pending {
        var operations: [WriteOperation]
        var continuation: CheckedContinuation<[UnstructuredObject], any Error>
    }

    private struct State {
        var waiting: [Pending] = []
        var isDraining = false
        var isClosed = false
    }

    private enum Admission { case start, queued, closed, full }

    private let pool: DatabasePool
    private let configuration: SQLiteStoreConfiguration
    private let signal: ChangeSignal
    private let state = Mutex(State())

    init(pool: DatabasePool, configuration: SQLiteStoreConfiguration, signal: ChangeSignal) {
        self.pool = pool
        self.configuration = configuration
        self.signal = signal
    }

    /// Carries out writes all or none; answers when they are durable. Once queued, a write is carried out even if its
    /// caller is cancelled meanwhile.
    /// - Throws: `StoreError`, or `CancellationError` when the caller was cancelled before.
    func submit(_ operations: [WriteOperation]) async throws -> [UnstructuredObject] {
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { continuation in
            switch admit(Pending(operations: operations, continuation: continuation)) {
            case .start: pool.asyncWriteWithoutTransaction { db in self.drain(db) }
            case .queued: break
            case .closed: continuation.resume(throwing: StoreError(.unavailable, "the store is closed"))
            case .full:
                let limit = configuration.maximumQueuedWrites
                continuation.resume(
                    throwing: StoreError(
                        .unavailable,
                        "the store has \(limit) writes waiting for the disk; try again later",
                        retryAfterSeconds: 1
                    )
                )
            }
        }
    }

    /// Refuses further writes and returns when those accepted have been answered.
    func close() async throws {
        state.withLock { $0.isClosed = true }
        // The writer is serial: this block runs after the drain that may be under way.
        try await pool.writeWithoutTransaction { db in self.drain(db) }
    }

    private func admit(_ pending: Pending) -> Admission {
        state.withLock { state in
            if state.isClosed { return .closed }
            if state.waiting.count >= configuration.maximumQueuedWrites { return .full }
            state.waiting.append(pending)
            if state.isDraining { return .queued }
            state.isDraining = true
            return .start
        }
    }

    private func takeGroup() -> [Pending] {
        state.withLock { state in
            let group = Array(state.waiting.prefix(configuration.maximumGroupSize))
            state.waiting.removeFirst(group.count)
            if group.isEmpty { state.isDraining = false }
            return group
        }
    }

    private func drain(_ db: Database) {
        while true {
            let group = takeGroup()
            if group.isEmpty { return }
            commit(group, db)
        }
    }

    private func commit(_ group: [Pending], _ db: Database) {
        do {
            let results = try carryOut(group, db)
            for (pending, result) in zip(group, results) { pending.continuation.resume(with: result) }
        } catch {
            if group.count > 1 { return group.forEach { commit([$0], db) } }
            configuration.logger.error("A write failed", metadata: ["error": "\(error)"])
            group.forEach { $0.continuation.resume(throwing: StoreError.mapping(error)) }
        }
    }

    private func carryOut(_ group: [Pending], _ db: Database) throws -> [Result<[UnstructuredObject], any Error>] {
        var results: [Result<[UnstructuredObject], any Error>] = []
        var touched: [String: Int64] = [:]
        try db.inTransaction(.immediate) {
            var transaction = try WriteTransaction(db, configuration)
            let before = transaction.state
            for pending in group { results.append(try transaction.attempt(pending.operations)) }
            if transaction.state == before { return .rollback }
            try transaction.finish()
            touched = transaction.touched
            return .commit
        }
        signal.advance(touched)
        return results
    }
}
