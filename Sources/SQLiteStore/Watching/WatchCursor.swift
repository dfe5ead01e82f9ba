import GRDB
import ObjectStore
import Resources

/// One watch: a place in the log and the way from there, woken by commits.
///
/// Nothing is buffered for a slow consumer: it pulls, and what it has not pulled stays in the log. Bound: one page of
/// `pageSize` events in memory. A consumer so slow that the log forgets its place gets `expired`.
actor WatchCursor {
    private enum Phase {
        /// Delivering the objects present at a version, from a key onwards.
        case presentObjects(version: Int64?, after: ObjectKey?)
        /// Delivering the changes after a version.
        case changes(after: Int64)
    }

    private static let pageSize = 100

    private let reader: any DatabaseReader
    private let signal: ChangeSignal
    private let configuration: SQLiteStoreConfiguration
    private let filter: WatchFilter
    private let allowsBookmarks: Bool
    private var phase: Phase
    /// Events read and not yet pulled, the next one last.
    private var page: [WatchEvent] = []

    init(
        reader: any DatabaseReader,
        signal: ChangeSignal,
        configuration: SQLiteStoreConfiguration,
        filter: WatchFilter,
        start: Int64?,
        allowsBookmarks: Bool
    ) {
        self.reader = reader
        self.signal = signal
        self.configuration = configuration
        self.filter = filter
        self.allowsBookmarks = allowsBookmarks
        self.phase = start.map { .changes(after: $0) } ?? .presentObjects(version: nil, after: nil)
    }

    /// The next event, waiting for it; nil when the consumer was cancelled.
    /// - Throws: `StoreError`.
    func next() async throws -> WatchEvent? {
        do {
            while true {
                if let event = page.popLast() { return event }
                switch phase {
                case .presentObjects(let version, let after): try await readObjects(at: version, after: after)
                case .changes(let version): try await readChanges(after: version)
                }
            }
        } catch is CancellationError {
            return nil
        } catch {
            throw StoreError.mapping(error)
        }
    }

    private func readObjects(at version: Int64?, after key: ObjectKey?) async throws {
        let filter = filter
        let (objects, version) = try await reader.read { db in
            let state = try StoreState.read(db)
            let query = SnapshotQuery(
                type: filter.type,
                version: version ?? state.version,
                namespace: filter.namespace,
                labelSelector: filter.labelSelector,
                fieldSelector: filter.fieldSelector,
                after: key
            )
            try Self.check(query.version, state)
            return (try query.objects(db, limit: Self.pageSize), query.version)
        }
        page = objects.reversed().map(WatchEvent.added)
        if objects.count == Self.pageSize {
            phase = .presentObjects(version: version, after: objects.last?.key)
        } else {
            phase = .changes(after: version)
            if allowsBookmarks {
                page.insert(.bookmark(resourceVersion: String(version), initialEventsEnd: true), at: 0)
            }
        }
    }

    private func readChanges(after version: Int64) async throws {
        if try await readPage(after: version) { return }
        guard case .changes(let reached) = phase, page.isEmpty else { return }
        if try await waitForChange(after: reached) { return }
        // The silence was long: read up to the present, whose version the bookmark carries.
        if try await readPage(after: reached) { return }
        guard case .changes(let present) = phase, page.isEmpty else { return }
        page = [.bookmark(resourceVersion: String(present), initialEventsEnd: false)]
    }

    /// Reads a page and moves on; true when there may be more right after it.
    private func readPage(after version: Int64) async throws -> Bool {
        let filter = filter
        let (records, present) = try await reader.read { db in
            let state = try StoreState.read(db)
            try Self.check(version, state)
            let records = try ChangeRecord.read(db, filter, after: version, limit: Self.pageSize)
            return (records, state.version)
        }
        page = try records.reversed().compactMap { try $0.event(through: filter) }
        let isFull = records.count == Self.pageSize
        phase = .changes(after: isFull ? records.last?.version ?? present : present)
        return isFull
    }

    /// Waits for the next change; false when the time for a bookmark came first.
    private func waitForChange(after version: Int64) async throws -> Bool {
        let (signal, type) = (signal, filter.type.qualifiedPlural)
        guard allowsBookmarks else {
            try await signal.wait(for: type, after: version)
            return true
        }
        let (clock, interval) = (configuration.clock, configuration.bookmarkInterval)
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await signal.wait(for: type, after: version)
                return true
            }
            group.addTask {
                try await clock.sleep(for: interval)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? true
        }
    }

    private static func check(_ version: Int64, _ state: StoreState) throws(StoreError) {
        if version < state.pruned {
            throw StoreError(
                .expired,
                "too old resource version: \(version) (the oldest that can be watched is \(state.pruned)); list again"
            )
        }
        if version > state.version {
            throw StoreError(
                .expired,
                "too large resource version: \(version) (the current one is \(state.version)); list again"
            )
        }
    }
}
