import RouterCore

/// The pairing of two streams of one lease, and beside it a plain list of what has happened to each call.
///
/// After each event it is also asked what would be, once all tokens had expired.
package struct PairingRig: EventDriven {
    package enum Token: Int, Sendable, CaseIterable {
        /// Of stream A, without a side.
        case plain
        /// Of stream A.
        case client
        case otherClient
        case exporter
        /// Of stream A, but of another lease.
        case stranger
        /// Of stream B.
        case another

        var stream: String { self == .another ? "B" : "A" }
        var role: TunnelRole? {
            switch self {
            case .plain: nil
            case .client, .otherClient, .another: .client
            case .exporter, .stranger: .exporter
            }
        }
        var lease: String? { self == .plain ? nil : self == .stranger ? "lab/two" : "lab/one" }
        var request: PairingRequest {
            PairingRequest(
                streamID: stream,
                expiry: 100,
                credential: role.map { .init(role: $0, tokenID: "\(rawValue)") },
                lease: lease
            )
        }
    }

    package enum Event: Sendable, Hashable {
        case arrive(Token)
        case leave(String)
        case timeOut(String)
        case cutLease
        case pairEnds
        case drain
    }

    private struct Waiting {
        let peer: Int
        let token: Token
        let ticket: PairingStateMachine<Int>.Ticket
    }

    private static let limits = PairingStateMachine<Int>.Limits(streams: 3, waiting: 2, remembered: 3)

    private var machine = PairingStateMachine<Int>(limits: limits)
    private var calls = 0
    private var waiting: [String: Waiting] = [:]
    private var pairs = 0
    private var isDraining = false
    private var usedStreams: Set<String> = []
    private var usedTokens: Set<Token> = []
    private var paired: Set<Int> = []
    /// Tickets of calls that wait no more: they must be good for nothing.
    private var oldTickets: [PairingStateMachine<Int>.Ticket] = []

    /// Nothing has happened yet.
    package init() {}

    package var possibleEvents: [Event] {
        var events = Token.allCases.map(Event.arrive)
        for stream in waiting.keys.sorted() { events += [.leave(stream), .timeOut(stream)] }
        if !waiting.isEmpty { events.append(.cutLease) }
        if pairs > 0 { events.append(.pairEnds) }
        if !isDraining { events.append(.drain) }
        return events
    }

    package mutating func happen(_ event: Event) -> String? {
        let problem: String? =
            switch event {
            case .arrive(let token): arrive(token)
            case .leave(let stream): end(stream, useUp: { $0.withdraw($1) }, uses: .token)
            case .timeOut(let stream): end(stream, useUp: { $0.timeOut($1) }, uses: .stream)
            case .cutLease: cutLease()
            case .pairEnds: pairEnds()
            case .drain: drain()
            }
        return problem ?? fault
    }

    /// What must become of a call, by the rules of the document alone.
    private func expectation(_ token: Token) -> Refusal? {
        if isDraining { return .draining }
        if token.role != nil, usedTokens.contains(token) { return .replayed }
        if usedStreams.contains(token.stream) { return token.role == nil ? .alreadyUsed : .replayed }
        if let first = waiting[token.stream]?.token {
            if let one = first.lease, let other = token.lease, one != other { return .otherLease }
            guard let one = first.role, let other = token.role else { return nil }
            if first == token { return .replayed }
            return one == other ? .roleTaken : nil
        }
        if waiting.count + 2 * pairs >= Self.limits.streams { return .tooManyStreams }
        if waiting.count >= Self.limits.waiting { return .tooManyWaiting }
        let remembered = usedStreams.count + usedTokens.count
        return remembered + waiting.count >= Self.limits.remembered ? .tooManyRemembered : nil
    }

    private mutating func arrive(_ token: Token) -> String? {
        let expected = expectation(token)
        calls += 1
        switch machine.arrive(calls, token.request, now: 0) {
        case .refuse(let refusal):
            return refusal == expected ? nil : "refused with \(refusal) instead of \(String(describing: expected))"
        case .wait(let ticket, _):
            if let expected { return "waits instead of \(expected)" }
            if waiting[token.stream] != nil { return "waits although its partner does" }
            waiting[token.stream] = Waiting(peer: calls, token: token, ticket: ticket)
        case .pair(let partner):
            if let expected { return "is paired instead of \(expected)" }
            guard let first = waiting.removeValue(forKey: token.stream), first.peer == partner else {
                return "is paired with \(partner), which does not wait"
            }
            if !paired.insert(partner).inserted || !paired.insert(calls).inserted { return "is paired twice" }
            oldTickets.append(first.ticket)
            usedStreams.insert(token.stream)
            pairs += 1
        }
        return nil
    }

    private enum Use {
        case token
        case stream
    }

    private mutating func end(
        _ stream: String,
        useUp: (inout PairingStateMachine<Int>, PairingStateMachine<Int>.Ticket) -> Bool,
        uses: Use
    ) -> String? {
        guard let call = waiting.removeValue(forKey: stream) else { return "no such call" }
        if !useUp(&machine, call.ticket) { return "its ticket is not known" }
        noteUse(call.token, uses)
        oldTickets.append(call.ticket)
        return nil
    }

    private mutating func noteUse(_ token: Token, _ use: Use) {
        switch use {
        case .stream: usedStreams.insert(token.stream)
        case .token: if token.role != nil { usedTokens.insert(token) }
        }
    }

    private mutating func cutLease() -> String? {
        let theirs = waiting.filter { $0.value.token.lease == "lab/one" }
        let cut = machine.withdraw(lease: "lab/one")
        if Set(cut) != Set(theirs.values.map(\.peer)) || cut.count != theirs.count { return "cut \(cut)" }
        for (stream, call) in theirs {
            waiting[stream] = nil
            noteUse(call.token, .token)
            oldTickets.append(call.ticket)
        }
        return nil
    }

    private mutating func pairEnds() -> String? {
        machine.pairEnded()
        pairs -= 1
        return nil
    }

    private mutating func drain() -> String? {
        let ended = machine.drain()
        if Set(ended) != Set(waiting.values.map(\.peer)) { return "drained \(ended)" }
        oldTickets += waiting.values.map(\.ticket)
        waiting = [:]
        isDraining = true
        return nil
    }

    private var fault: String? {
        if machine.waitingCount != waiting.count { return "\(machine.waitingCount) wait" }
        if machine.pairCount != pairs { return "\(machine.pairCount) pairs" }
        if machine.rememberedCount != usedStreams.count + usedTokens.count {
            return "\(machine.rememberedCount) remembered"
        }
        if machine.rememberedCount > Self.limits.remembered { return "more remembered than the limit" }
        if machine.isIdle != (waiting.isEmpty && pairs == 0) { return "idle: \(machine.isIdle)" }
        var copy = machine
        for ticket in oldTickets where copy.timeOut(ticket) || copy.withdraw(ticket) { return "an old ticket is good" }
        var later = machine
        let refusal: Refusal? =
            if case .refuse(let refusal) = later.arrive(0, Token.client.request, now: 101) {
                refusal
            } else {
                nil
            }
        if later.rememberedCount > 0, !(waiting["A"] != nil && later.rememberedCount == 1) {
            return "\(later.rememberedCount) uses are remembered beyond their time"
        }
        return refusal == .replayed && waiting["A"] == nil ? "a token is remembered beyond its time" : nil
    }
}
