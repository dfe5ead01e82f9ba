import Foundation
import Leasing
package import Logging
package import ObjectStore
import Resources
import ServiceLifecycle

/// The lab: the picture of clients, exporters, leases and policies that every decision is made on, and the one place
/// that makes them.
///
/// The picture is fed by watches of the store and by our own writes, which it takes in before they are answered, so a
/// caller reads its own writes. Every change wakes the scheduler, whose decision is a pure function
/// (`SchedulingRound`); a work queue carries decisions out, one at a time for each object. Nothing polls: deadlines sit
/// in one queue on the injected clock.
package actor Lab: Service {
    /// What the work queue and the deadlines are about.
    enum WorkKey: Hashable {
        case lease(ObjectKey)
        case exporter(ObjectKey)
        case client(ObjectKey)
    }

    let store: any ObjectStore
    var configuration: LabConfiguration
    let credentials: any CredentialAuthority
    let time: any TimeSource
    package nonisolated let events: EventRecorder
    let observer: any LabObserver
    let leadership: any Leadership
    let logger: Logger

    var clients = ObjectCache<Client>()
    var exporters = ObjectCache<Exporter>()
    /// Leases that have not ended, and ended ones until their exporter is free and their label set.
    var leases = ObjectCache<Lease>()
    var policies = ObjectCache<ExporterAccessPolicy>()
    /// The credential Secrets of clients and exporters.
    var secrets = ObjectCache<Secret>()

    /// What is known of exporters beside their objects.
    var presence: [ObjectKey: ExporterPresence] = [:]
    /// The order in which leases came.
    var arrivals: [ObjectKey: UInt64] = [:]
    var lastArrival: UInt64 = 0
    /// Leases whose client was deleted and that are to end.
    var orphans: Set<ObjectKey> = []
    /// Leases without an exporter, by namespace.
    var unassigned: [String: Set<ObjectKey>] = [:]
    /// What the last scheduling round decided and is not carried out yet.
    var verdicts: [ObjectKey: LeaseVerdict] = [:]
    /// Exporters that an assignment under way has taken, and for which lease.
    var reservations: [ObjectKey: ObjectKey] = [:]
    /// Whether this replica has begun to lead and not been told to stop.
    var isLeading = false
    /// Exporters that were chosen for leases that are about to be created.
    var promises: [ObjectKey: Candidate] = [:]
    /// Namespaces in which something changed that scheduling looks at.
    var unscheduled: Set<String> = []

    var work = WorkQueue<WorkKey>()
    var deadlines = DeadlineQueue<WorkKey>()
    /// Moments for which an alarm is set.
    var armed: Set<Date> = []
    /// Failed attempts in a row, for back-off.
    var failures: [WorkKey: Int] = [:]
    /// Callers that wait until a key has nothing to be done any more.
    var settling: [WorkKey: [CheckedContinuation<Void, any Error>]] = [:]
    /// When the store was last found to be away. Other replicas could not write signs of life until then.
    var storeLastAway: Date?
    var isSynced = false
    var isStopped = false
    var syncWaiters: [AsyncStream<Void>.Continuation] = []

    var feeds: [ObjectKey: [UInt64: AsyncStream<ExporterAssignment>.Continuation]] = [:]
    var published: [ObjectKey: ExporterAssignment] = [:]
    var exporterWatchers: [ObjectKey: [UInt64: AsyncStream<Exporter?>.Continuation]] = [:]
    var leaseWatchers: [ObjectKey: [UInt64: AsyncStream<Lease?>.Continuation]] = [:]
    var lastSubscription: UInt64 = 0

    /// Wakes the dispatcher; one element is enough, whatever the number of keys.
    let wake: AsyncStream<Void>
    let waker: AsyncStream<Void>.Continuation
    /// Wakes the deadline loop when an earlier deadline was set.
    let alarm: AsyncStream<Void>
    let alarmSetter: AsyncStream<Void>.Continuation

    package init(
        store: any ObjectStore,
        configuration: LabConfiguration,
        credentials: any CredentialAuthority,
        time: any TimeSource,
        observer: any LabObserver = NoLabObserver(),
        leadership: any Leadership = SoleLeader(),
        logger: Logger
    ) {
        self.store = store
        self.configuration = configuration
        self.credentials = credentials
        self.time = time
        self.observer = observer
        self.leadership = leadership
        self.logger = logger
        self.events = EventRecorder(store: store, time: time, logger: logger)
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (alarm, alarmSetter) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var now: Timestamp { Timestamp(time.now()) }

    /// Tells the lab its public endpoint, where that is known only once the server listens. Call it before `run`.
    package func announce(endpoint: String) { configuration.endpoint = endpoint }

    /// Runs until cancelled: reads the lab in, then watches, schedules and reconciles.
    package func run() async throws {
        // Whatever ends it, nobody may go on waiting for it.
        defer { stop() }
        do {
            try await cancelWhenGracefulShutdown { try await self.runUntilCancelled() }
        } catch is CancellationError {
            logger.debug("the lab stops")
        }
    }

    private func runUntilCancelled() async throws {
        let versions = try await readLab()
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.watchLab(from: versions) }
            group.addTask { try await self.dispatchWork() }
            group.addTask { try await self.fireDeadlines() }
            group.addTask { try await self.followLeadership() }
            group.addTask { try await self.events.run() }
        }
    }

    /// Returns once the lab has been read in.
    /// - Throws: `LabError.unavailable` when the service stops before; `CancellationError` when the task is cancelled.
    package func synced() async throws {
        if isSynced { return }
        if !isStopped {
            let (end, waiter) = AsyncStream.makeStream(of: Void.self)
            syncWaiters.append(waiter)
            for await _ in end {}
            try Task.checkCancellation()
        }
        if !isSynced { throw LabError.unavailable("the service is stopping") }
    }

    private func stop() {
        isStopped = true
        let error = LabError.unavailable("the service is stopping; try again")
        for waiter in syncWaiters { waiter.finish() }
        syncWaiters = []
        for waiters in settling.values { for waiter in waiters { waiter.resume(throwing: error) } }
        settling = [:]
        for feed in feeds.values.flatMap(\.values) { feed.finish() }
        for watcher in exporterWatchers.values.flatMap(\.values) { watcher.finish() }
        for watcher in leaseWatchers.values.flatMap(\.values) { watcher.finish() }
    }
}

/// What is known of an exporter that its object does not say, because it changes too often to be written.
struct ExporterPresence {
    /// Open Status streams: while there is one, the exporter is alive now.
    var streams = 0
    /// The last sign of life that came otherwise.
    var lastSeen: Date?
    /// When `lastSeen` was last written to the store.
    var lastWritten: Date?
}
