import ObjectStore
import Resources

/// What a candidate knows of the lease, and what it may do: the rules of client-go's leader election, without I/O.
///
/// The other's lease is judged by when we saw it change, on our own monotonic clock: clocks of two machines need not
/// agree.
struct Candidacy: Sendable {
    enum Action: Sendable, Equatable {
        /// There is no lease object: make one.
        case create(LeaseRecord)
        /// Take, or renew, the lease.
        case update(LeaseRecord)
        /// Another holds it.
        case wait
    }

    let identity: String
    let durationSeconds: Int
    private var observed: LeaseRecord?
    private var observedAt: Duration = .zero

    init(identity: String, durationSeconds: Int) {
        self.identity = identity
        self.durationSeconds = durationSeconds
    }

    /// The holder that was last seen; empty for nobody.
    var holder: String { observed?.holder ?? "" }

    /// The lease as it is, nil when there is none.
    /// - Parameter moment: Ours, monotonic.
    mutating func observe(_ record: LeaseRecord?, at moment: Duration) {
        if record != observed { (observed, observedAt) = (record, moment) }
    }

    /// - Parameters:
    ///   - moment: Ours, monotonic.
    ///   - time: The time of day for the record.
    func action(at moment: Duration, time: String) -> Action {
        guard let observed else {
            return .create(
                LeaseRecord(
                    holder: identity,
                    durationSeconds: durationSeconds,
                    acquireTime: time,
                    renewTime: time,
                    transitions: 0
                )
            )
        }
        let isOurs = observed.holder == identity
        let isOver = observed.holder.isEmpty || observedAt + .seconds(observed.durationSeconds) <= moment
        guard isOurs || isOver else { return .wait }
        return .update(
            LeaseRecord(
                holder: identity,
                durationSeconds: durationSeconds,
                acquireTime: isOurs ? observed.acquireTime ?? time : time,
                renewTime: time,
                transitions: isOurs ? observed.transitions : observed.transitions + 1
            )
        )
    }

    /// The record of a lease that its holder gives up: at once free for others.
    func release(time: String) -> LeaseRecord {
        LeaseRecord(
            holder: "",
            durationSeconds: 1,
            acquireTime: time,
            renewTime: time,
            transitions: observed?.transitions ?? 0
        )
    }
}
