internal import NIOCore
internal import RouterCore

// From the peer to its partner.

extension TunnelHandler {
    /// Lets the peer send again.
    func resume() {
        if case .waiting(_, let tunnel) = state { becomePaired(tunnel, .first) }
        guard let stream else { return }
        noteResumption()
        lane.credit(stream)
    }

    /// The peer is not read from for now. A call without a partner is not meant: that wait is the time of pairing.
    private func noteStop() {
        if case .paired = state, stoppedAt == nil { stoppedAt = eventLoop.now }
    }

    func noteResumption() {
        guard let stoppedAt else { return }
        self.stoppedAt = nil
        hub.metrics.recordBackpressure(nanoseconds: (eventLoop.now - stoppedAt).nanoseconds)
    }

    /// Copies what has come, as what it is in is used again for the next read.
    func receive(_ payload: UnsafeRawBufferPointer, expected: Int) {
        if stream == nil { return }
        messagesReceived += messageCounter.count(payload)
        TunnelChunk.append(payload, to: &received, expected: expected, allocator: lane.allocator)
    }

    /// Hands on what this read has brought, and lets the peer go on if there is room.
    func handOn() {
        if pushReceived() {
            if let stream { lane.credit(stream) }
        } else if stream != nil {
            noteStop()
        }
    }

    func exceededWindow() {
        if let stream { connection.failStream(stream, .flowControlError) }
    }

    /// - Returns: whether to read on.
    func pushReceived() -> Bool {
        defer {
            received.removeAll(keepingCapacity: true)
            messagesReceived = 0
        }
        switch state {
        case .awaitingHeaders, .ended:
            // Whatever still comes from a refused peer is read and dropped, until it sees that.
            return true
        case .waiting(_, let tunnel):
            if messagesReceived > 0 { hub.metrics.recordMessages(messagesReceived, to: receiver.partner) }
            return tunnel.push(received, messages: messagesReceived, from: .first, by: lane)
        case .paired(let tunnel, let side):
            if messagesReceived > 0 { hub.metrics.recordMessages(messagesReceived, to: receiver.partner) }
            let mayRead =
                received.isEmpty || tunnel.push(received, messages: messagesReceived, from: side, by: lane)
            if hasReceivedEnd { tellEnd(tunnel, side) }
            return mayRead
        }
    }

    func tellEnd(_ tunnel: Tunnel, _ side: TunnelSide) {
        if hasToldEnd { return }
        hasToldEnd = true
        tunnel.finish(side)
    }

    /// - Parameter code: of RST_STREAM, if that is what has ended the stream.
    func leave(_ code: HTTP2Code?) {
        defer { end() }
        let loss: TunnelLoss =
            switch code {
            case .cancel?, .noError?: .cancelled
            case let code?: .reset(code: code.rawValue)
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
