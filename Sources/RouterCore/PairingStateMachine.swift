/// Which call is whose partner, and which call is refused.
///
/// | stream id | a call comes | the first call leaves | time-out |
/// |---|---|---|---|
/// | unknown | waits | | |
/// | waiting | is paired with the first | becomes unknown | is used up |
/// | paired | refused | | |
/// | used up | refused | | |
///
/// A paired id is used up from the moment of pairing until its token has expired. A first call that leaves before its
/// partner came has not used its id: its peer may come again, for instance after its connection broke.
///
/// A value type without I/O; `Peer` is whatever the shell needs to reach a waiting call.
package struct PairingStateMachine<Peer> {
    /// Bounds of what the router takes on.
    package struct Limits: Sendable, Hashable {
        /// Calls in all, waiting and paired. A partner of a waiting call is admitted beyond it, since its first call
        /// has been admitted already; so there are at most `streams + waiting` calls.
        package var streams: Int
        /// Calls that wait for their partner.
        package var waiting: Int
        /// Used stream ids kept in memory.
        package var remembered: Int

        /// Limits as given.
        package init(streams: Int, waiting: Int, remembered: Int) {
            self.streams = streams
            self.waiting = waiting
            self.remembered = remembered
        }
    }

    /// A waiting call's number, so that a late time-out cannot hit its successor.
    package struct Ticket: Sendable, Hashable {
        fileprivate let streamID: String
        fileprivate let number: UInt64
    }

    /// What becomes of a new call.
    package enum Arrival {
        /// It waits for its partner.
        case wait(Ticket)
        /// Its partner is this one.
        case pair(Peer)
        /// It is refused.
        case refuse(Refusal)
    }

    fileprivate struct Waiting {
        let peer: Peer
        let number: UInt64
        let expiry: Int64
    }

    private var waiting: [String: Waiting] = [:]
    private var used: UsedStreamIDs
    private var lastNumber: UInt64 = 0
    private let limits: Limits

    /// Pairs that run.
    package private(set) var pairCount = 0
    /// Whether new calls are refused because the router drains.
    package private(set) var isDraining = false

    /// No calls yet.
    package init(limits: Limits) {
        self.limits = limits
        used = UsedStreamIDs(capacity: limits.remembered)
    }

    /// Calls that wait for their partner.
    package var waitingCount: Int { waiting.count }
    /// Calls in all.
    package var streamCount: Int { waiting.count + 2 * pairCount }
    /// Used ids that are remembered.
    package var rememberedCount: Int { used.count }
    /// Whether no call waits and no pair runs.
    package var isIdle: Bool { waiting.isEmpty && pairCount == 0 }

    /// A call with a valid token has come.
    ///
    /// - Parameters:
    ///   - streamID: the token's subject.
    ///   - expiry: when the token expires, in seconds since 1970.
    ///   - now: seconds since 1970.
    ///   - peer: the call.
    package mutating func arrive(_ peer: Peer, streamID: String, expiry: Int64, now: Int64) -> Arrival {
        used.expire(now: now)
        guard !isDraining else { return .refuse(.draining) }
        guard !used.contains(streamID) else { return .refuse(.alreadyUsed) }
        if let first = waiting.removeValue(forKey: streamID) {
            used.insert(streamID, until: max(first.expiry, expiry))
            pairCount += 1
            return .pair(first.peer)
        }
        if let refusal = refusalOfFirst() { return .refuse(refusal) }
        lastNumber += 1
        waiting[streamID] = Waiting(peer: peer, number: lastNumber, expiry: expiry)
        return .wait(Ticket(streamID: streamID, number: lastNumber))
    }

    /// A waiting call's peer has left.
    ///
    /// - Returns: whether it was still waiting; if not, it has a partner that must be told.
    package mutating func withdraw(_ ticket: Ticket) -> Bool {
        removeWaiting(ticket) != nil
    }

    /// A waiting call's time is up: its stream id is used up.
    ///
    /// - Returns: whether it was still waiting and must be ended.
    package mutating func timeOut(_ ticket: Ticket) -> Bool {
        guard let waiting = removeWaiting(ticket) else { return false }
        used.insert(ticket.streamID, until: waiting.expiry)
        return true
    }

    /// Both calls of a pair have ended.
    package mutating func pairEnded() {
        pairCount -= 1
    }

    /// Refuses new calls from now on.
    ///
    /// - Returns: the calls that waited; they can have no partner any more and must be ended.
    package mutating func drain() -> [Peer] {
        isDraining = true
        defer { waiting = [:] }
        return waiting.values.map(\.peer)
    }

    private mutating func removeWaiting(_ ticket: Ticket) -> Waiting? {
        guard let found = waiting[ticket.streamID], found.number == ticket.number else { return nil }
        return waiting.removeValue(forKey: ticket.streamID)
    }

    private func refusalOfFirst() -> Refusal? {
        if streamCount >= limits.streams { return .tooManyStreams }
        if waiting.count >= limits.waiting { return .tooManyWaiting }
        // Each waiting call may yet need a place in the memory of used ids.
        if used.count + waiting.count >= limits.remembered { return .tooManyRemembered }
        return nil
    }
}

extension PairingStateMachine: Sendable where Peer: Sendable {}
extension PairingStateMachine.Waiting: Sendable where Peer: Sendable {}
