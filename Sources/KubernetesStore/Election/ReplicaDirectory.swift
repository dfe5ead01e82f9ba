package import Foundation
package import Logging
package import ObjectStore
import Resources
import Synchronization

/// Who the replicas of the controller are: each keeps a `coordination.k8s.io/v1` Lease `jumpstarter-controller-ID` alive,
/// and watches those of the others.
package final class ReplicaDirectory: Sendable {
    package struct Configuration: Sendable {
        package var namespace: String
        /// Ourselves.
        package var replica: Replica
        package var renewPeriod = Duration.seconds(5)
        /// After how long without a renewal a replica counts as gone. Whole seconds.
        package var lifetime = Duration.seconds(15)
        /// After how long without a renewal its lease is deleted, by whoever notices.
        package var removalAge = Duration.seconds(600)
        /// How often that is looked for.
        package var sweepPeriod = Duration.seconds(60)
        /// The pause after a failure, doubled up to `renewPeriod`.
        package var retryDelay = Duration.milliseconds(200)

        package init(namespace: String, replica: Replica) {
            self.namespace = namespace
            self.replica = replica
        }
    }

    private struct State {
        var book = ReplicaBook()
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextListener = 0
    }

    private let store: any ObjectStore
    private let configuration: Configuration
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Date
    private let logger: Logger
    private let life: Stopwatch
    private let state = Mutex(State())

    package init(
        store: any ObjectStore,
        configuration: Configuration,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date,
        logger: Logger
    ) {
        self.store = store
        self.configuration = configuration
        self.clock = clock
        self.now = now
        self.logger = logger
        self.life = Stopwatch(clock)
    }

    /// The other replicas that live, ordered by id.
    package var members: [Replica] {
        let moment = life.elapsed()
        return state.withLock { $0.book.living(at: moment) }.filter { $0.id != configuration.replica.id }
    }

    /// A value at first and whenever `members` may have changed by what others did; not when one runs out of time.
    package func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        continuation.yield()
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.listeners.removeValue(forKey: id) }
        }
        return stream
    }

    /// Takes part until cancelled, then takes our lease away.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.keepAlive() }
            group.addTask { await self.watch() }
            group.addTask { await self.sweep() }
        }
        await leave()
        let listeners = state.withLock { state in
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}

extension ReplicaDirectory {
    private var key: ObjectKey {
        ObjectKey(namespace: configuration.namespace, name: configuration.replica.objectName)
    }

    private func keepAlive() async {
        var object: UnstructuredObject?
        var failures = 0
        while !Task.isCancelled {
            do {
                object = try await renew(object)
                failures = 0
                try await clock.sleep(for: configuration.renewPeriod)
            } catch is CancellationError {
                return
            } catch {
                object = nil
                failures += 1
                logger.warning("this replica's lease cannot be renewed", metadata: ["error": "\(error)"])
                if (try? await pause(after: failures)) == nil { return }
            }
        }
    }

    private func renew(_ last: UnstructuredObject?) async throws -> UnstructuredObject {
        let time = LeaseRecord.microTime(now())
        var record = LeaseRecord(
            holder: configuration.replica.id,
            durationSeconds: Int(configuration.lifetime.components.seconds),
            acquireTime: last.flatMap { LeaseRecord($0).acquireTime } ?? time,
            renewTime: time,
            transitions: 0
        )
        let metadata = configuration.replica.metadata(namespace: configuration.namespace)
        if let last { return try await store.update(record.written(into: last), subresource: .main) }
        do {
            return try await store.create(
                record.written(into: UnstructuredObject(type: .coordinationLeases, metadata: metadata))
            )
        } catch let error as StoreError where error.reason == .alreadyExists {
            var found = try await store.get(.coordinationLeases, key)
            record.acquireTime = LeaseRecord(found).acquireTime ?? time
            found.metadata.labels = metadata.labels
            found.metadata.annotations = metadata.annotations
            return try await store.update(record.written(into: found), subresource: .main)
        }
    }

    private func watch() async {
        var version: String?
        var failures = 0
        while !Task.isCancelled {
            do {
                let start = if let version { version } else { try await list() }
                version = start
                let options = WatchOptions(
                    resourceVersion: start,
                    labelSelector: Replica.selector,
                    allowBookmarks: true
                )
                let stream = try await store.watch(
                    .coordinationLeases,
                    namespace: configuration.namespace,
                    options: options
                )
                for try await event in stream {
                    failures = 0
                    version = take(event) ?? version
                }
                try Task.checkCancellation()
                failures += 1
            } catch is CancellationError {
                return
            } catch {
                if (error as? StoreError)?.reason == .expired { version = nil }
                failures += 1
                logger.warning("the watch of the replicas broke off", metadata: ["error": "\(error)"])
            }
            if failures > 0, (try? await pause(after: failures)) == nil { return }
        }
    }

    private func list() async throws -> String {
        let list = try await store.list(
            .coordinationLeases,
            namespace: configuration.namespace,
            options: ListOptions(labelSelector: Replica.selector)
        )
        let moment = life.elapsed()
        change { $0.replace(with: list.items, at: moment) }
        return list.resourceVersion
    }

    private func take(_ event: WatchEvent) -> String? {
        let moment = life.elapsed()
        switch event {
        case .added(let object), .modified(let object):
            change { $0.observe(object, at: moment) }
            return object.metadata.resourceVersion
        case .deleted(let object):
            change { $0.forget(object.metadata.name) }
            return object.metadata.resourceVersion
        case .bookmark(let version, _): return version
        }
    }

    private func change(_ body: (inout ReplicaBook) -> Void) {
        state.withLock { state in
            body(&state.book)
            for listener in state.listeners.values { listener.yield() }
        }
    }

    private func sweep() async {
        while (try? await clock.sleep(for: configuration.sweepPeriod)) != nil {
            let moment = life.elapsed()
            let abandoned = state.withLock { $0.book.abandoned(for: configuration.removalAge, at: moment) }
            for object in abandoned where object.key != key { await remove(object) }
        }
    }

    /// Takes away exactly the lease that was seen: one that has been renewed meanwhile stays.
    private func remove(_ object: UnstructuredObject) async {
        let exact = DeleteOptions(uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion)
        do {
            _ = try await store.delete(.coordinationLeases, object.key, options: exact)
            logger.info("the lease of a lost replica was removed", metadata: ["name": "\(object.metadata.name)"])
        } catch {
            logger.debug("the lease of a lost replica was not removed", metadata: ["error": "\(error)"])
        }
    }

    private func leave() async {
        // Not of the cancelled task: this is what it does last.
        let leaving = Task { [store, clock, key, configuration] in
            try await withDeadline(configuration.renewPeriod, clock) {
                _ = try await store.delete(.coordinationLeases, key, options: DeleteOptions())
            }
        }
        do {
            try await leaving.value
        } catch let error as StoreError where error.reason == .notFound {
            return
        } catch {
            logger.warning("this replica's lease could not be removed", metadata: ["error": "\(error)"])
        }
    }

    private func pause(after failures: Int) async throws {
        try await clock.sleep(
            for: min(configuration.retryDelay * (1 << min(failures - 1, 8)), configuration.renewPeriod)
        )
    }
}
