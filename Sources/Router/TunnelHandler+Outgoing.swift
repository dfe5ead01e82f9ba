internal import NIOCore
internal import NIOHTTP2
internal import RouterCore

// From the partner to the peer.

extension TunnelHandler {
    /// Writes what has come for the peer, as far as it takes it.
    func drain() {
        if case .waiting(_, let tunnel) = state { becomePaired(tunnel, .first) }
        guard case .paired(let tunnel, let side) = state, let context else { return }
        var hasWritten = false
        while context.channel.isWritable {
            let ending = tunnel.take(for: side, upTo: Self.takeLimit, into: &taken)
            if taken.isEmpty, ending == nil { break }
            if !taken.isEmpty {
                hasWritten = true
                writeTaken(context: context)
            }
            if let ending {
                let patience = tunnel.isAborted ? Self.patienceAfterCut : hub.configuration.stallTimeout
                return finish(with: GRPCStatus(ending), patience: patience)
            }
        }
        if hasWritten { context.flush() }
        guard !context.channel.isWritable else { return }
        // A tunnel that is cut off ends now, whatever its peers take.
        if tunnel.isAborted, let ending = tunnel.take(for: side, upTo: Self.takeLimit, into: &taken) {
            return finish(with: GRPCStatus(ending), patience: Self.patienceAfterCut)
        }
        if tunnel.block(side) { startStallTimer(hub.configuration.stallTimeout, context: context) }
    }

    /// Writes ``taken``, small payloads merged into frames of up to the default maximum size.
    private func writeTaken(context: ChannelHandlerContext) {
        var total = 0
        var merger = FrameMerger(allocator: context.channel.allocator)
        for buffer in taken {
            total += buffer.readableBytes
            if let frame = merger.add(buffer) { write(frame, context: context) }
            if let frame = merger.overflow.take() { write(frame, context: context) }
        }
        if let frame = merger.finish() { write(frame, context: context) }
        taken.removeAll(keepingCapacity: true)
        hub.metrics.recordBytes(total, to: receiver)
    }

    private func write(_ buffer: ByteBuffer, context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.data(.init(data: .byteBuffer(buffer)))), promise: nil)
    }
}
