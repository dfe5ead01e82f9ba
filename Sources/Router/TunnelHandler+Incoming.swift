internal import NIOCore
internal import NIOHTTP2
internal import RouterCore

// From the peer to its partner.

extension TunnelHandler {
    /// Reads from the peer again.
    func resume() {
        if case .waiting(_, let tunnel) = state { becomePaired(tunnel, .first) }
        context?.read()
    }

    /// - Returns: whether to read on.
    func pushReceived() -> Bool {
        defer { received.removeAll(keepingCapacity: true) }
        switch state {
        case .awaitingHeaders, .ended:
            // Whatever still comes from a refused peer is read and dropped, until it sees that.
            return true
        case .waiting(_, let tunnel):
            return tunnel.push(received, from: .first)
        case .paired(let tunnel, let side):
            let mayRead = received.isEmpty || tunnel.push(received, from: side)
            if hasReceivedEnd { tellEnd(tunnel, side) }
            return mayRead
        }
    }

    func tellEnd(_ tunnel: Tunnel, _ side: TunnelSide) {
        if hasToldEnd { return }
        hasToldEnd = true
        tunnel.finish(side)
    }

    func leave() {
        defer { end() }
        let loss: TunnelLoss =
            switch resetCode {
            case .cancel?, .noError?: .cancelled
            case let code?: .reset(code: UInt32(code.networkCode))
            case nil: .connectionLost
            }
        switch state {
        case .awaitingHeaders, .ended:
            break
        case .waiting(let ticket, let tunnel):
            // Its partner may have come just now.
            if !hub.withdraw(ticket) {
                if hasReceivedEnd { tellEnd(tunnel, .first) }
                tunnel.lose(.first, loss)
            }
        case .paired(let tunnel, let side):
            tunnel.lose(side, loss)
        }
    }
}
