internal import NIOCore
internal import RouterCore

// From the partner to the peer.

extension TunnelHandler {
    /// Writes what has come for the peer, as far as it takes it.
    func drain() {
        if case .waiting(_, let tunnel) = state { becomePaired(tunnel, .first) }
        guard case .paired(let tunnel, let side) = state, let stream else { return }
        while lane.isWritable {
            if taken.isEmpty {
                endingAfterTaken = tunnel.take(for: side, upTo: Self.takeLimit, into: &taken)
                if taken.isEmpty, endingAfterTaken == nil { return }
            }
            if writeTaken(stream) { lane.flushNow() }
            guard taken.isEmpty else { break }
            if let ending = endingAfterTaken { return end(ending, tunnel) }
        }
        // A tunnel that is cut off ends now, whatever its peers take.
        if tunnel.isAborted {
            taken = []
            if let ending = endingAfterTaken ?? tunnel.take(for: side, upTo: Self.takeLimit, into: &taken) {
                return end(ending, tunnel)
            }
        }
        lane.block(stream)
        if tunnel.block(side) || endingAfterTaken != nil {
            startStallTimer(hub.configuration.stallTimeout)
        }
    }

    private func end(_ ending: TunnelEnding, _ tunnel: Tunnel) {
        let patience = tunnel.isAborted ? Self.patienceAfterCut : hub.configuration.stallTimeout
        finish(with: GRPCStatus(ending), patience: patience)
    }

    /// Writes ``taken``, as far as the peer's windows allow.
    ///
    /// - Returns: whether anything has been written.
    private func writeTaken(_ stream: DataLane.Stream) -> Bool {
        var total = 0
        var written = 0
        while written < taken.count {
            let room = lane.room(stream)
            if room == 0 { break }
            let length = min(room, taken[written].readableBytes)
            total += length
            var chunk = taken[written]
            if length == chunk.readableBytes {
                // Its storage has one owner then, and the header is written in place.
                taken[written] = ByteBuffer()
                written += 1
            } else {
                chunk.moveWriterIndex(to: chunk.readerIndex + length)
                taken[written].moveReaderIndex(forwardBy: length)
            }
            lane.write(&chunk, on: stream)
        }
        if written == taken.count { taken.removeAll(keepingCapacity: true) } else { taken.removeFirst(written) }
        if total > 0 { hub.metrics.recordBytes(total, to: receiver) }
        return total > 0
    }
}
