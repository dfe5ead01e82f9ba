internal import NIOCore
internal import NIOHPACK
internal import RouterCore

// What goes to the peer.

extension HTTP2Connection {
    func write(_ frame: ByteBuffer, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(wrapOutboundOut(frame), promise: promise)
    }

    /// The server's preface (RFC 9113, 3.4).
    func greet() {
        let settings: [(UInt16, Int)] = [
            (3, configuration.maximumStreamsPerConnection + Self.streamsBeyondLimit),
            (4, configuration.windowSize),
            (6, configuration.maximumHeaderBytes * Self.headerSizeFactor),
        ]
        var frame = Frame.begin(Frame.Kind.settings, length: settings.count * 6, lane.allocator)
        for (identifier, value) in settings { frame.writeMultipleIntegers(identifier, UInt32(clamping: value)) }
        write(frame)
        lane.greet()
        lane.flushSoon()
    }

    /// Sends a header block.
    ///
    /// - Parameters:
    ///   - endStream: whether nothing comes after it.
    ///   - promise: succeeds when the system has taken it.
    func send(
        _ headers: HPACKHeaders,
        on stream: DataLane.Stream,
        endStream: Bool,
        promise: EventLoopPromise<Void>? = nil
    ) {
        guard lane.isOpen(stream) else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        do {
            write(try encoded(headers, on: stream.id, endStream: endStream), promise: promise)
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

    /// In one frame: what a router says is short. Nothing goes into the peer's table, so that a connection holds no table
    /// of ours.
    private func encoded(_ headers: HPACKHeaders, on stream: UInt32, endStream: Bool) throws -> ByteBuffer {
        var encoder = HPACKEncoder(allocator: lane.allocator, useHuffmanEncoding: true, maxDynamicTableSize: 0)
        try encoder.beginEncoding(allocator: lane.allocator)
        for header in headers { try encoder.appendNonIndexed(header: header.name, value: header.value) }
        var block = try encoder.endEncoding()
        if owesTableSize {
            owesTableSize = false
            // "The table's size is 0": three bits of type and five of number.
            let fields = block
            block = ByteBuffer(bytes: [0x20])
            block.writeImmutableBuffer(fields)
        }
        let flags = Frame.Flag.endHeaders | (endStream ? Frame.Flag.endStream : 0)
        var frame = Frame.begin(
            Frame.Kind.headers,
            flags: flags,
            stream: stream,
            length: block.readableBytes,
            lane.allocator
        )
        frame.writeImmutableBuffer(block)
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
        write(frame)
        lane.flush()
    }

    /// - Parameter lastStream: the last that is served.
    func sendGoAway(_ code: HTTP2Code, lastStream: UInt32 = UInt32(Int32.max)) {
        var frame = Frame.begin(Frame.Kind.goAway, length: 8, lane.allocator)
        frame.writeMultipleIntegers(lastStream, code.rawValue)
        write(frame)
        lane.flush()
    }

    /// Asks the peer for a sign of life.
    func sendPing() {
        var frame = Frame.begin(Frame.Kind.ping, length: 8, lane.allocator)
        frame.writeInteger(UInt64(0))
        write(frame)
        lane.flush()
    }
}
