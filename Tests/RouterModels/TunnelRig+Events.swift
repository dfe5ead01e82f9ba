package import RouterCore

extension TunnelRig: EventDriven {
    package enum Event: Sendable, Hashable {
        case pair
        case abort
        case push(TunnelSide)
        case finish(TunnelSide)
        case cancel(TunnelSide)
        case cut(TunnelSide)
        case drain(TunnelSide)
        case stall(TunnelSide)
        case takeOne(TunnelSide)
        case takeAll(TunnelSide)
    }

    private static let connectionLost = TunnelLoss.connectionLost

    package var possibleEvents: [Event] {
        var events: [Event] = isPaired ? [] : [.pair]
        if abortion == nil, overs == 0 { events.append(.abort) }
        for side in TunnelSide.allCases where exists(side) && !self[side].isOver {
            let call = self[side]
            if !call.hasFinished {
                events.append(.finish(side))
                if !call.isParked { events.append(.push(side)) }
            }
            events += [.cancel(side), .cut(side)]
            guard isPaired else { continue }
            if call.mustDrain { events.append(.drain(side)) }
            events += call.room == .any ? [.stall(side)] : [.takeOne(side), .takeAll(side)]
        }
        return events
    }

    package mutating func happen(_ event: Event) -> String? {
        switch event {
        case .pair:
            isPaired = true
            perform(machine.pair())
        case .abort:
            abortion = .drainTimedOut
            perform(machine.abort(.drainTimedOut))
        case .push(let side):
            let number = self[side].sent.count
            self[side].sent.append(number)
            let (effects, mayRead) = machine.push([(number, 1)], from: side)
            perform(effects)
            if !mayRead { self[side].isParked = true }
        case .finish(let side):
            self[side].hasFinished = true
            perform(machine.finish(side))
        case .cancel(let side): lose(side, .cancelled)
        case .cut(let side): lose(side, .connectionLost)
        case .drain(let side): drain(side)
        case .stall(let side): self[side].room = .none
        case .takeOne(let side): take(side, .one)
        case .takeAll(let side): take(side, .any)
        }
        var later = self
        later.settle()
        return problem ?? faultNow ?? later.problem ?? later.faultNow ?? later.faultAtRest
    }

    private mutating func lose(_ side: TunnelSide, _ loss: TunnelLoss) {
        self[side].loss = loss
        perform(machine.lose(side, loss))
    }

    private mutating func take(_ side: TunnelSide, _ room: Call.Room) {
        self[side].room = room
        drain(side)
    }

    /// Nothing more is sent, both peers take whatever comes, and whoever has been asked to drain does.
    ///
    /// A handler whose peer takes data all along only drains when it is asked to: a wake-up that is lost shows.
    private mutating func settle() {
        for side in TunnelSide.allCases where self[side].room != .any { take(side, .any) }
        while let side = TunnelSide.allCases.first(where: { isPaired && self[$0].mustDrain }) { drain(side) }
    }

    /// What must never be.
    private var faultNow: String? {
        let areOver = first.isOver && second.isOver
        return overs == (areOver ? 1 : 0) ? nil : "the end of the tunnel was said \(overs) times"
    }

    /// What must not be left when nothing more happens.
    private var faultAtRest: String? {
        for side in TunnelSide.allCases {
            let (own, partner) = (self[side], self[side.other])
            guard isPaired else {
                if own.told != nil || !own.received.isEmpty { return "\(side) got something without a partner" }
                continue
            }
            if own.loss != nil { continue }
            let mustKnow =
                abortion != nil || partner.loss != nil || (own.hasFinished && partner.hasFinished)
            if mustKnow != (own.told != nil) { return "\(side) was told \(own.told.map { "\($0)" } ?? "nothing")" }
            if abortion == nil, own.received != partner.sent { return "\(side) received only \(own.received)" }
            if own.told == nil, own.isParked { return "\(side) is not read from, for no reason" }
        }
        return nil
    }
}
