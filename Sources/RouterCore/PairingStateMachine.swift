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
/// Tokens that name their role are used up one by one, and a pair is one client and one exporter:
///
/// | such a call comes | while a call of its stream waits | otherwise |
/// |---|---|---|
/// | with a token that has been used | refused: replayed | refused: replayed |
/// | with a role that is taken | refused: role taken | |
/// | of another lease than the waiting one | refused: other lease | |
///
/// What must be remembered of them is little: the token of a paired or timed-out call cannot come again because its
/// stream id is used up, so only the tokens of calls that left early are remembered by themselves. Each waiting call
/// thus needs one place in the memory of used ids, whatever becomes of it, and that place is reserved when it comes.
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
        case wait(Ticket, Peer)
        /// Its partner is this one.
        case pair(Peer)
        /// It is refused.
        case refuse(Refusal)
    }

    fileprivate struct Waiting {
        let peer: Peer
        let number: UInt64
        let request: PairingRequest
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
    ///   - request: what its token says.
    ///   - now: seconds since 1970.
    ///   - peer: the call; evaluated only if it has to wait.
    package mutating func arrive(_ peer: @autoclosure () -> Peer, _ request: PairingRequest, now: Int64) -> Arrival {
        used.expire(now: now)
        guard !isDraining else { return .refuse(.draining) }
        if let refusal = refusalOfToken(request) { return .refuse(refusal) }
        if let first = waiting[request.streamID] {
            if let refusal = Self.refusal(of: request, beside: first.request) { return .refuse(refusal) }
            waiting[request.streamID] = nil
            used.insert("stream " + request.streamID, until: max(first.request.expiry, request.expiry))
            pairCount += 1
            return .pair(first.peer)
        }
        if let refusal = refusalOfFirst() { return .refuse(refusal) }
        lastNumber += 1
        let waiter = Waiting(peer: peer(), number: lastNumber, request: request)
        waiting[request.streamID] = waiter
        return .wait(Ticket(streamID: request.streamID, number: lastNumber), waiter.peer)
    }

    /// A waiting call's peer has left. If its token is single-use, it is used up by that.
    ///
    /// - Returns: whether it was still waiting; if not, it has a partner that must be told.
    package mutating func withdraw(_ ticket: Ticket) -> Bool {
        guard let waiting = removeWaiting(ticket) else { return false }
        useUp(waiting.request)
        return true
    }

    /// Takes out the waiting calls of a lease, as if they had left.
    package mutating func withdraw(lease: String) -> [Peer] {
        withdraw { $0.lease == lease }
    }

    /// Takes out the waiting calls that satisfy a test, as if they had left.
    package mutating func withdraw(where isMeant: (PairingRequest) -> Bool) -> [Peer] {
        let leaving = waiting.values.filter { isMeant($0.request) }
        for call in leaving {
            waiting[call.request.streamID] = nil
            useUp(call.request)
        }
        return leaving.map(\.peer)
    }

    /// A waiting call's time is up: its stream id is used up.
    ///
    /// - Returns: whether it was still waiting and must be ended.
    package mutating func timeOut(_ ticket: Ticket) -> Bool {
        guard let waiting = removeWaiting(ticket) else { return false }
        used.insert("stream " + ticket.streamID, until: waiting.request.expiry)
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

    private mutating func useUp(_ request: PairingRequest) {
        guard let credential = request.credential else { return }
        used.insert(Self.memory(of: credential), until: request.expiry)
    }

    /// Kept apart from stream ids, so that no token can use up another's stream.
    private static func memory(of credential: PairingRequest.Credential) -> String {
        "token " + credential.tokenID
    }

    private func refusalOfToken(_ request: PairingRequest) -> Refusal? {
        if let credential = request.credential, used.contains(Self.memory(of: credential)) { return .replayed }
        guard used.contains("stream " + request.streamID) else { return nil }
        return request.credential == nil ? .alreadyUsed : .replayed
    }

    private static func refusal(of second: PairingRequest, beside first: PairingRequest) -> Refusal? {
        if let one = first.lease, let other = second.lease, one != other { return .otherLease }
        guard let one = first.credential, let other = second.credential else { return nil }
        if one.tokenID == other.tokenID { return .replayed }
        return one.role == other.role ? .roleTaken : nil
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
