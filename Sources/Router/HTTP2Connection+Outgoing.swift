internal import NIOCore
internal import RouterCore

// What goes to the peer.

extension HTTP2Connection {
    /// Sends the server's preface, which everything else follows (RFC 9113, 3.4).
    ///
    /// Not before that of the client has come, which does not wait for it: so TLS's session tickets, the preface, what the
    /// client's SETTINGS are answered and often the answer to its first call leave together.
    func greet() {
        if hasGreeted { return }
        hasGreeted = true
        let settings: [(UInt16, Int)] = [
            (3, configuration.maximumStreamsPerConnection + Self.streamsBeyondLimit),
            (4, configuration.windowSize),
            (6, configuration.maximumHeaderBytes * Self.headerSizeFactor),
        ]
        var frame = Frame.begin(Frame.Kind.settings, length: settings.count * 6, lane.allocator)
        for (identifier, value) in settings { frame.writeMultipleIntegers(identifier, UInt32(clamping: value)) }
        lane.write(frame)
        lane.greet()
        lane.flush()
    }

    /// Sends a header block.
    ///
    /// - Parameters:
    ///   - block: evaluated only if the stream is open.
    ///   - endStream: whether nothing comes after it.
    ///   - promise: succeeds when the system has taken it.
    func send(
        _ block: @autoclosure () throws -> HeaderBlock,
        on stream: DataLane.Stream,
        endStream: Bool,
        promise: EventLoopPromise<Void>? = nil
    ) {
        guard lane.isOpen(stream) else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        do {
            lane.write(frame(of: try block(), on: stream.id, endStream: endStream), promise: promise)
        } catch {
            // Cannot be for headers of ours; a peer must not wait for them in vain.
            promise?.fail(error)
            return reset(stream, .compressionError)
        }
        lane.answered(stream)
        if endStream {
            stream.hasSentEnd = true
            if stream.hasEnded { close(stream, nil) }
        }
        lane.flush()
    }

    /// One frame: what a router says is short.
    private func frame(of block: HeaderBlock, on stream: UInt32, endStream: Bool) -> ByteBuffer {
        let flags = Frame.Flag.endHeaders | (endStream ? Frame.Flag.endStream : 0)
        let length = block.bytes.readableBytes + (owesTableSize ? 1 : 0)
        var frame = Frame.begin(Frame.Kind.headers, flags: flags, stream: stream, length: length, lane.allocator)
        if owesTableSize {
            owesTableSize = false
            // "The table's size is 0": three bits of type and five of number.
            frame.writeInteger(UInt8(0x20))
        }
        frame.writeImmutableBuffer(block.bytes)
        return frame
    }

    /// Ends a stream at once, both ways. What has been written for it may be lost.
    func reset(_ stream: DataLane.Stream, _ code: HTTP2Code) {
        guard lane.isOpen(stream) else { return }
        writeReset(stream.id, code)
        close(stream, code)
    }

    /// The peer has broken a rule with a stream: resets it, and the connection if that has been too often.
    func failStream(_ stream: DataLane.Stream, _ code: HTTP2Code) {
        do {
            try fail(stream, code)
        } catch {
            end(error)
        }
    }

    func writeReset(_ stream: UInt32, _ code: HTTP2Code) {
        var frame = Frame.begin(Frame.Kind.reset, stream: stream, length: 4, lane.allocator)
        frame.writeInteger(code.rawValue)
        lane.write(frame)
        lane.flush()
    }

    /// - Parameter lastStream: the last that is served.
    func sendGoAway(_ code: HTTP2Code, lastStream: UInt32 = UInt32(Int32.max)) {
        greet()
        var frame = Frame.begin(Frame.Kind.goAway, length: 8, lane.allocator)
        frame.writeMultipleIntegers(lastStream, code.rawValue)
        lane.write(frame)
        lane.flush()
    }

    /// Asks the peer for a sign of life.
    func sendPing() {
        greet()
        var frame = Frame.begin(Frame.Kind.ping, length: 8, lane.allocator)
        frame.writeInteger(UInt64(0))
        lane.write(frame)
        lane.flush()
    }
}
