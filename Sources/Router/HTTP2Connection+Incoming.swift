internal import NIOCore
internal import NIOHPACK
internal import RouterCore

// What comes from the peer.

extension HTTP2Connection {
    func take(_ frame: Frame) throws(HTTP2Violation) {
        if !hasSettings {
            guard frame.kind == Frame.Kind.settings, !frame.has(Frame.Flag.acknowledgement) else {
                throw HTTP2Violation("the first frame is no SETTINGS")
            }
            hasSettings = true
            greet()
            delegate.began()
        }
        if let block, frame.kind != Frame.Kind.continuation || frame.stream != block.stream {
            throw HTTP2Violation("a frame inside a header block")
        }
        switch frame.kind {
        case Frame.Kind.data: try takeData(frame)
        case Frame.Kind.headers: try takeHeaders(frame)
        case Frame.Kind.priority: try takePriority(frame)
        case Frame.Kind.reset: try takeReset(frame)
        case Frame.Kind.settings: try takeSettings(frame)
        case Frame.Kind.ping: try takePing(frame)
        case Frame.Kind.goAway: try takeGoAway(frame)
        case Frame.Kind.windowUpdate: try takeWindowUpdate(frame)
        case Frame.Kind.continuation: try takeContinuation(frame)
        case Frame.Kind.pushPromise: throw HTTP2Violation("PUSH_PROMISE from a client")
        // Types that nobody knows mean nothing (RFC 9113, 4.1).
        default: break
        }
    }

    /// What the lane has not taken: the end of a stream, DATA for a stream that has gone, and what is wrong.
    private func takeData(_ frame: Frame) throws(HTTP2Violation) {
        try requireKnown(frame, "DATA")
        guard let stream = lane.stream(frame.stream) else {
            guard lane.dropped(frame.payload.readableBytes) else {
                throw HTTP2Violation(
                    "the window of the connection, or of a stream that has gone",
                    code: .flowControlError
                )
            }
            return
        }
        if stream.isToldEnd { return try fail(stream, .streamClosed) }
        guard frame.payload.readableBytes == 0, stream.hasEnded else {
            throw HTTP2Violation("more padding than payload")
        }
        tellEnd(stream)
    }

    private func tellEnd(_ stream: DataLane.Stream) {
        stream.hasEnded = true
        stream.isToldEnd = true
        stream.call.ended()
        lane.markDirty(stream)
        if stream.hasSentEnd { close(stream, nil) }
    }

    private func takeHeaders(_ frame: Frame) throws(HTTP2Violation) {
        var frame = frame
        guard frame.stream % 2 == 1 else { throw HTTP2Violation("HEADERS on stream \(frame.stream)") }
        try frame.removePadding()
        if frame.has(Frame.Flag.priority) {
            guard let parent: UInt32 = frame.payload.readInteger(), frame.payload.readInteger(as: UInt8.self) != nil
            else { throw HTTP2Violation("HEADERS without the priority they announce", code: .frameSizeError) }
            guard parent & 0x7FFF_FFFF != frame.stream else { throw HTTP2Violation("a stream that waits for itself") }
        }
        let block = Block(
            stream: frame.stream,
            endsStream: frame.has(Frame.Flag.endStream),
            bytes: frame.payload
        )
        try take(block, isWhole: frame.has(Frame.Flag.endHeaders))
    }

    private func takeContinuation(_ frame: Frame) throws(HTTP2Violation) {
        guard var block = self.block.take() else { throw HTTP2Violation("CONTINUATION of nothing") }
        block.continuations += 1
        guard block.continuations <= Self.maximumContinuations else { throw HTTP2Violation(.continuations) }
        block.bytes.writeImmutableBuffer(frame.payload)
        try take(block, isWhole: frame.has(Frame.Flag.endHeaders))
    }

    private func take(_ block: Block, isWhole: Bool) throws(HTTP2Violation) {
        guard block.bytes.readableBytes <= configuration.maximumHeaderBytes * Self.headerSizeFactor else {
            throw HTTP2Violation(.headerBlock)
        }
        guard isWhole else {
            self.block = block
            // A copy: what it is in is used again for the next read.
            self.block?.bytes = ByteBuffer(bytes: block.bytes.readableBytesView)
            return
        }
        var bytes = block.bytes
        let headers: HPACKHeaders
        do {
            // Also those that nobody wants: the table has to be the peer's.
            headers = try decoder.decodeHeaders(from: &bytes)
        } catch is NIOHPACKErrors.MaxHeaderListSizeViolation {
            throw HTTP2Violation(.headerBlock)
        } catch {
            throw HTTP2Violation("header block: \(error)", code: .compressionError)
        }
        if block.stream > lastStream { return try open(block, headers) }
        guard let stream = lane.stream(block.stream) else { return try countStreamError() }
        guard !stream.hasEnded else { return try fail(stream, .streamClosed) }
        guard block.endsStream, HeaderRules.areTrailers(headers) else { return try fail(stream, .protocolError) }
        tellEnd(stream)
    }

    private func open(_ block: Block, _ headers: HPACKHeaders) throws(HTTP2Violation) {
        lastStream = block.stream
        guard lane.streamCount < configuration.maximumStreamsPerConnection + Self.streamsBeyondLimit else {
            throw HTTP2Violation(.concurrentStreams)
        }
        guard HeaderRules.isRequest(headers) else {
            writeReset(block.stream, .protocolError)
            return try countStreamError()
        }
        delegate.streamOpened()
        let call = makeCall(self)
        let stream = lane.open(block.stream, call)
        stream.hasEnded = block.endsStream
        stream.isToldEnd = block.endsStream
        call.opened(stream, headers, hasEnded: block.endsStream)
        if block.endsStream { lane.markDirty(stream) }
    }

    private func takePriority(_ frame: Frame) throws(HTTP2Violation) {
        guard frame.stream > 0 else { throw HTTP2Violation("PRIORITY on stream 0") }
        guard let parent: UInt32 = frame.payload.getInteger(at: frame.payload.readerIndex),
            frame.payload.readableBytes == 5
        else { throw HTTP2Violation("PRIORITY of another length", code: .frameSizeError) }
        guard parent & 0x7FFF_FFFF != frame.stream else { throw HTTP2Violation("a stream that waits for itself") }
        try countControlFrame()
    }

    private func takeReset(_ frame: Frame) throws(HTTP2Violation) {
        guard let code: UInt32 = frame.payload.getInteger(at: frame.payload.readerIndex),
            frame.payload.readableBytes == 4
        else { throw HTTP2Violation("RST_STREAM of another length", code: .frameSizeError) }
        try requireKnown(frame, "RST_STREAM")
        guard resets.spend(now: now) else { throw HTTP2Violation(.resets) }
        if let stream = lane.stream(frame.stream) { close(stream, HTTP2Code(rawValue: code)) }
    }

    private func takeSettings(_ frame: Frame) throws(HTTP2Violation) {
        guard frame.stream == 0 else { throw HTTP2Violation("SETTINGS on a stream") }
        try countControlFrame()
        let isAcknowledgement = frame.has(Frame.Flag.acknowledgement)
        guard frame.payload.readableBytes % 6 == 0, !isAcknowledgement || frame.payload.readableBytes == 0 else {
            throw HTTP2Violation("SETTINGS of another length", code: .frameSizeError)
        }
        if isAcknowledgement { return }
        var payload = frame.payload
        while let (identifier, value) = payload.readMultipleIntegers(as: (UInt16, UInt32).self) {
            switch identifier {
            case 1: owesTableSize = true
            case 2 where value > 1: throw HTTP2Violation("ENABLE_PUSH \(value)")
            case 4 where value > UInt32(Int32.max):
                throw HTTP2Violation("INITIAL_WINDOW_SIZE \(value)", code: .flowControlError)
            case 5 where !(16_384...16_777_215).contains(value): throw HTTP2Violation("MAX_FRAME_SIZE \(value)")
            default: break
            }
        }
        lane.write(Frame.begin(Frame.Kind.settings, flags: Frame.Flag.acknowledgement, length: 0, lane.allocator))
        lane.flush()
    }

    /// Only what is no ping that the cutter answers.
    private func takePing(_ frame: Frame) throws(HTTP2Violation) {
        guard frame.stream == 0 else { throw HTTP2Violation("PING on a stream") }
        guard frame.payload.readableBytes == 8 else {
            throw HTTP2Violation("PING of another length", code: .frameSizeError)
        }
        try countControlFrame()
    }

    private func takeGoAway(_ frame: Frame) throws(HTTP2Violation) {
        guard frame.stream == 0 else { throw HTTP2Violation("GOAWAY on a stream") }
        guard frame.payload.readableBytes >= 8 else {
            throw HTTP2Violation("GOAWAY of another length", code: .frameSizeError)
        }
    }

    /// Only what the lane has no use for.
    private func takeWindowUpdate(_ frame: Frame) throws(HTTP2Violation) {
        guard let increment: UInt32 = frame.payload.getInteger(at: frame.payload.readerIndex),
            frame.payload.readableBytes == 4
        else { throw HTTP2Violation("WINDOW_UPDATE of another length", code: .frameSizeError) }
        guard frame.stream > 0 else { throw HTTP2Violation("WINDOW_UPDATE by nothing") }
        try requireKnown(frame, "WINDOW_UPDATE")
        guard let stream = lane.stream(frame.stream) else { return }
        try fail(stream, increment & 0x7FFF_FFFF == 0 ? .protocolError : .flowControlError)
    }

    /// Nothing but HEADERS and PRIORITY may come for a stream that has not been opened (RFC 9113, 5.1).
    private func requireKnown(_ frame: Frame, _ name: String) throws(HTTP2Violation) {
        guard frame.stream % 2 == 1, frame.stream <= lastStream else {
            throw HTTP2Violation("\(name) on stream \(frame.stream)")
        }
    }

    /// Resets the stream of a peer that has broken a rule with it.
    func fail(_ stream: DataLane.Stream, _ code: HTTP2Code) throws(HTTP2Violation) {
        reset(stream, code)
        try countStreamError()
    }

    private func countStreamError() throws(HTTP2Violation) {
        guard streamErrors.spend(now: now) else { throw HTTP2Violation(.streamErrors) }
    }

    private func countControlFrame() throws(HTTP2Violation) {
        guard controlFrames.spend(now: now) else { throw HTTP2Violation(.controlFrames) }
    }

    private var now: Int64 { Int64(eventLoop.now.uptimeNanoseconds) }
}
