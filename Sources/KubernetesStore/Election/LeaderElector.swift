package import Foundation
package import Logging
package import ObjectStore
package import Resources
import Synchronization

/// Keeps one of several replicas the leader, by a `coordination.k8s.io/v1` Lease in any store.
///
/// Source of the rules: client-go's leader election. A leader that cannot renew for `renewDeadline` takes itself for
/// deposed before others, who wait `leaseDuration`, may take over. `isLeader` is judged at the moment of asking, by a
/// monotonic clock, from when the last successful renewal *began*: a process that was stopped and goes on later sees
/// that its time is up before it does anything.
package final class LeaderElector: Sendable {
    package struct Configuration: Sendable {
        /// The lease object.
        package var key: ObjectKey
        /// Who we are; no two replicas, nor two lives of one, may have the same.
        package var identity: String
        /// How long others wait after the last renewal that they saw. Whole seconds.
        package var leaseDuration = Duration.seconds(10)
        /// How long after the beginning of the last renewal we lead.
        package var renewDeadline = Duration.seconds(6)
        /// The pause between two tries; for candidates up to 2.2 times that, drawn evenly.
        package var retryPeriod = Duration.seconds(2)

        package init(key: ObjectKey, identity: String) {
            self.key = key
            self.identity = identity
        }
    }

    private struct State {
        var leadingSince: Stopwatch?
        /// Who held the lease when we last looked.
        var holder = ""
        var lastAnnounced = false
        var listeners: [Int: AsyncStream<Bool>.Continuation] = [:]
        var nextListener = 0
    }

    private let store: any ObjectStore
    private let configuration: Configuration
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Date
    private let randomFraction: @Sendable () -> Double
    private let logger: Logger
    private let life: Stopwatch
    private let state = Mutex(State())

    /// - Parameters:
    ///   - clock: Monotonic, and counting while the process is stopped.
    ///   - now: The time of day, only for people who read the lease.
    package init(
        store: any ObjectStore,
        configuration: Configuration,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date,
        randomFraction: @escaping @Sendable () -> Double = { .random(in: 0...1) },
        logger: Logger
    ) {
        precondition(
            configuration.renewDeadline < configuration.leaseDuration,
            "a leader must stop before others begin"
        )
        self.store = store
        self.configuration = configuration
        self.clock = clock
        self.now = now
        self.randomFraction = randomFraction
        self.logger = logger
        self.life = Stopwatch(clock)
    }

    /// Whether we may take ourselves for the leader at this very moment.
    package var isLeader: Bool {
        state.withLock { $0.leadingSince.map { $0.elapsed() < configuration.renewDeadline } ?? false }
    }

    /// The identity of the replica that leads, as far as we know: a change of leader is seen within a few retry periods.
    /// Nil when we lead, or nobody is known to.
    package var otherLeader: String? {
        if isLeader { return nil }
        let holder = state.withLock { $0.holder }
        return holder.isEmpty || holder == configuration.identity ? nil : holder
    }

    /// The present state, then each change, until the reader ends or `run` does. Keeps only the newest for a slow reader.
    package func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            continuation.yield(state.lastAnnounced)
            return state.nextListener
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.listeners.removeValue(forKey: id) }
        }
        return stream
    }

    /// Stands for election until cancelled; then gives the lease up, if it is ours, so that another need not wait.
    package func run() async {
        var session = Session(
            candidacy: Candidacy(
                identity: configuration.identity,
                durationSeconds: Int(configuration.leaseDuration.components.seconds)
            )
        )
        while !Task.isCancelled {
            let began = Stopwatch(clock)
            await round(&session)
            do {
                try await clock.sleep(for: pause(after: began.elapsed()))
            } catch {
                break
            }
        }
        await release(session)
    }

    /// What a life of `run` carries from try to try.
    private struct Session: Sendable {
        var candidacy: Candidacy
        /// The object that we last wrote or read; its version is what the next write is compared with.
        var object: UnstructuredObject?
    }

    /// One try. A leader's is cut off, and we step down, at the renewal deadline.
    private func round(_ session: inout Session) async {
        if !isLeader { stepDown() }
        let began = Stopwatch(clock)
        let before = session
        let limit = remaining() ?? configuration.renewDeadline
        do {
            let (next, holds) = try await withDeadline(limit, clock) { [self] in
                do {
                    return try await attempt(before)
                } catch {
                    try Task.checkCancellation()
                    logger.warning("the leader's lease cannot be renewed or taken", metadata: ["error": "\(error)"])
                    // Look at the lease itself next time.
                    var next = before
                    next.object = nil
                    return (next, nil)
                }
            }
            session = next
            state.withLock { $0.holder = next.candidacy.holder }
            switch holds {
            case true?: lead(since: began)
            case false?: stepDown()
            case nil: if !isLeader { stepDown() }
            }
        } catch is DeadlineExceeded {
            session.object = nil
            if !isLeader { stepDown() }
        } catch {
            session.object = nil
        }
    }

    /// - Returns: What we know now, and whether we hold the lease.
    private func attempt(_ session: Session) async throws -> (Session, Bool?) {
        var session = session
        // A leader renews from what it wrote last: one request instead of two.
        if session.object == nil || !isLeader { try await look(&session) }
        let time = LeaseRecord.microTime(now())
        do {
            switch session.candidacy.action(at: life.elapsed(), time: time) {
            case .wait: return (session, false)
            case .create(let record):
                let key = configuration.key
                let metadata = ObjectMeta(name: key.name, namespace: key.namespace)
                session.object = try await store.create(
                    record.written(into: UnstructuredObject(type: .coordinationLeases, metadata: metadata))
                )
            case .update(let record):
                guard let object = session.object else { return (session, nil) }
                session.object = try await store.update(record.written(into: object), subresource: .main)
            }
        } catch let error as StoreError where [.conflict, .alreadyExists, .notFound].contains(error.reason) {
            // Somebody was faster, or has taken the object away: see what there is.
            try await look(&session)
            return (session, session.candidacy.holder == configuration.identity ? nil : false)
        }
        session.candidacy.observe(session.object.map(LeaseRecord.init), at: life.elapsed())
        return (session, true)
    }

    private func look(_ session: inout Session) async throws {
        do {
            session.object = try await store.get(.coordinationLeases, configuration.key)
        } catch let error as StoreError where error.reason == .notFound {
            session.object = nil
        }
        session.candidacy.observe(session.object.map(LeaseRecord.init), at: life.elapsed())
    }

    /// A leader wakes at its deadline at the latest. Its period counts from the beginning of a try, or a slow API server
    /// would cost it the lease.
    private func pause(after tried: Duration) -> Duration {
        if let remaining = remaining() {
            return min(max(configuration.retryPeriod - tried, .zero), remaining)
        }
        return configuration.retryPeriod * (1 + 1.2 * randomFraction())
    }

    /// How long we still lead without another renewal; nil when we do not.
    private func remaining() -> Duration? {
        guard let elapsed = state.withLock({ $0.leadingSince?.elapsed() }) else { return nil }
        let remaining = configuration.renewDeadline - elapsed
        return remaining > .zero ? remaining : nil
    }

    private func lead(since began: Stopwatch) {
        // A renewal that took longer than the deadline proves nothing any more.
        guard began.elapsed() < configuration.renewDeadline else { return stepDown() }
        state.withLock { state in
            state.leadingSince = began
            announce(true, &state)
        }
    }

    private func stepDown() {
        state.withLock { state in
            state.leadingSince = nil
            announce(false, &state)
        }
    }

    private func announce(_ isLeader: Bool, _ state: inout State) {
        guard state.lastAnnounced != isLeader else { return }
        state.lastAnnounced = isLeader
        logger.info(
            isLeader ? "this replica leads" : "this replica no longer leads",
            metadata: ["identity": "\(configuration.identity)"]
        )
        for listener in state.listeners.values { listener.yield(isLeader) }
    }

    private func release(_ session: Session) async {
        let wasLeader = isLeader
        stepDown()
        if wasLeader, let object = session.object {
            let record = session.candidacy.release(time: LeaseRecord.microTime(now()))
            // Not of the cancelled task: this is what it does last.
            let giveUp = Task { [store, clock, configuration] in
                try await withDeadline(configuration.retryPeriod, clock) {
                    _ = try await store.update(record.written(into: object), subresource: .main)
                }
            }
            do {
                try await giveUp.value
            } catch {
                logger.warning("the leader's lease could not be given up", metadata: ["error": "\(error)"])
            }
        }
        let listeners = state.withLock { state in
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
