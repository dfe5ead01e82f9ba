import RouterCore

/// A tunnel between two calls that do what the shell does, as simply as it can be done, and beside it what the two
/// peers have sent and received. What must come of it is worked out from that alone.
package struct TunnelRig {
    /// One call: its handler and its peer.
    struct Call {
        /// How many chunks the peer takes before it stalls; nil for any number.
        enum Room: Equatable {
            case any
            case one
            case none
        }

        var sent: [Int] = []
        var received: [Int] = []
        var hasFinished = false
        var loss: TunnelLoss?
        var told: TunnelEnding?
        var room = Room.any
        /// Whether the handler has been asked to drain and has not yet.
        var mustDrain = false
        /// Whether the handler must not read until it is asked to.
        var isParked = false

        var isOver: Bool { loss != nil || told != nil }
    }

    var machine = TunnelStateMachine<Int>(limit: 200)
    var first = Call()
    var second = Call()
    var isPaired = false
    var abortion: TunnelLoss?
    var overs = 0
    var problem: String?

    /// Nothing has happened yet.
    package init() {}

    subscript(_ side: TunnelSide) -> Call {
        get { side == .first ? first : second }
        set { if side == .first { first = newValue } else { second = newValue } }
    }

    /// Whether this call exists by now: the first one from the start, its partner from the pairing on.
    func exists(_ side: TunnelSide) -> Bool { side == .first || isPaired }

    mutating func perform(_ effects: TunnelEffects) {
        for side in TunnelSide.allCases {
            if effects.contains(.drain(side)) { self[side].mustDrain = true }
            if effects.contains(.resume(side)) { self[side].isParked = false }
        }
        if effects.contains(.over) { overs += 1 }
    }

    /// What the handler does when it is asked to drain, and when its peer takes something again.
    mutating func drain(_ side: TunnelSide) {
        self[side].mustDrain = false
        guard isPaired, !self[side].isOver else { return }
        while self[side].room != .none {
            guard take(side) else { return }
        }
        if machine.isAborted {
            _ = take(side)
            if self[side].told == nil { fail("\(side) has not been told of the abortion because it is stalled") }
            return
        }
        machine.block(side)
    }

    /// - Returns: whether there may be more.
    private mutating func take(_ side: TunnelSide) -> Bool {
        var chunks: [Int] = []
        // One byte, and so one chunk.
        let (effects, ending) = machine.take(for: side, upTo: 1, into: &chunks)
        perform(effects)
        self[side].received += chunks
        if !chunks.isEmpty, self[side].room == .one { self[side].room = .none }
        if !self[side.other].sent.starts(with: self[side].received) {
            fail("\(side) received \(self[side].received) of \(self[side.other].sent)")
        }
        if let ending {
            if let wrong = objection(to: ending, for: side) { fail("\(side) was told \(ending): \(wrong)") }
            self[side].told = ending
            return false
        }
        return !chunks.isEmpty
    }

    /// Why it is wrong to tell this now; nil if it is right.
    private func objection(to ending: TunnelEnding, for side: TunnelSide) -> String? {
        let (own, partner) = (self[side], self[side.other])
        if let abortion { return ending == .cutOff(abortion) ? nil : "the tunnel was cut off" }
        if own.received != partner.sent { return "not everything has been delivered to it" }
        let nothingLost = partner.received == own.sent
        switch ending {
        case .finished:
            return own.hasFinished && partner.hasFinished && partner.loss == nil && nothingLost ? nil : "it is not"
        case .partnerLeft:
            return partner.hasFinished && partner.loss == .cancelled && nothingLost ? nil : "it did not"
        case .cutOff(let loss):
            if partner.loss != loss { return "its partner was not" }
            return partner.hasFinished && loss == .cancelled && nothingLost ? "that was clean" : nil
        }
    }

    mutating func fail(_ text: String) {
        if problem == nil { problem = text }
    }
}
