internal import NIOCore
internal import NIOHTTP2
internal import RouterCore

// From the peer to its partner.

extension TunnelHandler {
    /// Reads from the peer again.
    func resume() {
        if case .waiting(_, let tunnel) = state { becomePaired(tunnel, .first) }
        if let context {
            noteResumption(context.eventLoop.now)
            context.read()
        }
    }

    /// The peer is not read from for now. A call without a partner is not meant: that wait is the time of pairing.
    func noteStop(_ now: NIODeadline) {
        if case .paired = state, stoppedAt == nil { stoppedAt = now }
    }

    func noteResumption(_ now: NIODeadline) {
        guard let stoppedAt else { return }
        self.stoppedAt = nil
        hub.metrics.recordBackpressure(nanoseconds: (now - stoppedAt).nanoseconds)
    }

    /// Copies a payload, next to the one before it if both fit into one frame.
    ///
    /// It is a copy: payloads are slices of the buffer into which the HTTP/2 decoder reads, and while a slice of it is
    /// alive, the decoder copies that buffer whole for its next read. Besides, a small slice would keep a large buffer
    /// in memory, and the conduit's bound would not hold.
    func receive(_ payload: ByteBuffer, context: ChannelHandlerContext) {
        messagesReceived += payload.withUnsafeReadableBytes { messageCounter.count($0) }
        if var last = received.popLast() {
            if last.readableBytes + payload.readableBytes <= FrameMerger.frameSize {
                last.reserveCapacity(FrameMerger.frameSize)
                last.writeImmutableBuffer(payload)
                return received.append(last)
            }
            received.append(last)
        }
        var copy = context.channel.allocator.buffer(capacity: payload.readableBytes)
        copy.writeImmutableBuffer(payload)
        received.append(copy)
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
            return tunnel.push(received, messages: messagesReceived, from: .first)
        case .paired(let tunnel, let side):
            if messagesReceived > 0 { hub.metrics.recordMessages(messagesReceived, to: receiver.partner) }
            let mayRead =
                received.isEmpty || tunnel.push(received, messages: messagesReceived, from: side)
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
