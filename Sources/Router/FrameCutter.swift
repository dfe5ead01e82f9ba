internal import NIOCore
internal import RouterCore
internal import Transport

/// Sends DATA down the ``DataLane`` and hands the ``HTTP2Connection`` all other bytes; holds its peer to the
/// ``FrameRules``, answers its pings, and takes the credit that it gives.
///
/// Pieces are handed on in order and as they come, whole frames or parts of one; a piece never ends inside a frame's
/// header.
///
/// A client may begin a hundred calls in one write, and each costs a signature to check. So only a few are begun in one
/// turn of the event loop, and fewer before one has shown a good token; what is behind them waits, and nothing more is
/// read, while other connections have theirs.
final class FrameCutter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = Never

    private typealias Frame = HTTP2Connection.Frame

    /// The largest payload of a frame that we accept.
    private static let maximumPayload = Frame.maximumPayload
    /// The most that is passed on at a time: a full frame with its header fits, and so do many small ones.
    private static let limit = maximumPayload + FrameBorders.headerLength
    /// The length of a PING frame.
    private static let pingLength = FrameBorders.headerLength + 8
    /// How many header blocks are begun in one turn of the event loop: about half a millisecond of work.
    private static let headerBlocksPerTurn = 8
    /// The same before a call has shown a good token: about as long as a message takes there and back.
    private static let unprovenHeaderBlocksPerTurn = 2
    /// Pings that are answered although the peer takes nothing. Bound of what they cost: 17 bytes each.
    private static let pingsOnBacklog = 1_000

    private var borders = FrameBorders()
    private var rules: FrameRules
    /// A frame header that is not complete, or a frame that is looked at whole and is not. Bound: that of SETTINGS, a
    /// frame of 16,384 bytes. In a pause: what is behind the last call of this turn. Bound: what is read in two turns.
    private var held = ByteBuffer()
    /// Whether what is held waits for the next turn.
    private var isPaused = false
    /// ``FrameRules/headerBlocks`` at the beginning of this turn.
    private var headerBlocksBefore = 0
    /// Whether somebody has asked for more bytes in a pause.
    private var heldRead = false
    private var pingsUnderBacklog = 0
    private var hasEnded = false
    /// The streams and the way of DATA.
    let lane: DataLane
    /// The DATA frame whose payload is coming.
    private var current: Data?
    /// Empty DATA frames since the last that was not.
    private var emptyFrames = 0
    private let headerTimeout: TimeAmount
    /// Runs while a header block is open at the end of a read.
    private var headerTimer: Scheduled<Void>?

    /// A DATA frame on its way into a tunnel.
    private struct Data {
        let stream: DataLane.Stream
        /// Payload still to come.
        var payload: Int
        /// Padding still to come after it.
        var padding: Int
        let isLast: Bool
    }

    /// - Parameters:
    ///   - headerTimeout: how long a header block may take from its first frame to its last.
    ///   - lane: where the DATA of its streams goes.
    init(
        limits: FrameRules.Limits,
        headerTimeout: TimeAmount,
        lane: DataLane
    ) {
        rules = FrameRules(limits: limits)
        self.headerTimeout = headerTimeout
        self.lane = lane
    }

    /// A call of the connection has shown a good token.
    func prove() {
        rules.prove()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        lane.attach(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        headerTimer?.cancel()
        headerTimer = nil
        current = nil
        isPaused = false
        lane.detach()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if hasEnded { return }
        let bytes = unwrapInboundIn(data)
        if isPaused { held.writeImmutableBuffer(bytes) } else { take(bytes, context: context) }
    }

    private func take(_ bytes: ByteBuffer, context: ChannelHandlerContext) {
        lane.readBegins()
        var bytes = bytes
        if held.readableBytes > 0 {
            var joined = context.channel.allocator.buffer(capacity: held.readableBytes + bytes.readableBytes)
            joined.writeBuffer(&held)
            joined.writeBuffer(&bytes)
            held = ByteBuffer()
            bytes = joined
        }
        while divert(&bytes, context: context), step(&bytes, context: context) {}
        if hasEnded || bytes.readableBytes == 0 { return }
        // A copy: what it is in is used again for the next read.
        held = ByteBuffer(bytes: bytes.readableBytesView)
        if isPaused { resumeSoon(context) }
    }

    func read(context: ChannelHandlerContext) {
        if isPaused { heldRead = true } else { context.read() }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode != .input { lane.emit() }
        context.close(mode: mode, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Everything that came before the end still counts.
        while isPaused { resume(context) }
        context.fireChannelInactive()
    }

    private var headerBlocksPerTurn: Int {
        rules.isProven ? Self.headerBlocksPerTurn : Self.unprovenHeaderBlocksPerTurn
    }

    private func resumeSoon(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (cutter, context) = bound.value
            if cutter.isPaused { cutter.resume(context) }
        }
    }

    private func resume(_ context: ChannelHandlerContext) {
        isPaused = false
        let bytes = held
        held = ByteBuffer()
        take(bytes, context: context)
        channelReadComplete(context: context)
        if isPaused || !heldRead { return }
        heldRead = false
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        headerBlocksBefore = rules.headerBlocks
        if borders.isInsideHeaders || rules.isInHeaderBlock {
            if headerTimer == nil { startHeaderTimer(context) }
        } else {
            headerTimer?.cancel()
            headerTimer = nil
        }
        context.fireChannelReadComplete()
        lane.readComplete()
    }

    /// Sends the DATA at the beginning of `bytes` down the lane, and takes the peer's credit and settings for it.
    ///
    /// - Returns: false when more bytes have to come first.
    private func divert(_ bytes: inout ByteBuffer, context: ChannelHandlerContext) -> Bool {
        guard current != nil || (borders.isAtBorder && !rules.isInHeaderBlock) else { return true }
        var isComplete = true
        let length = bytes.withUnsafeReadableBytes { pointer in
            var offset = 0
            while offset < pointer.count, !hasEnded {
                if current != nil {
                    offset += takeData(UnsafeRawBufferPointer(rebasing: pointer[offset...]), context: context)
                } else {
                    guard let taken = takeFrame(UnsafeRawBufferPointer(rebasing: pointer[offset...]), context: context)
                    else {
                        isComplete = false
                        break
                    }
                    if taken == 0 { break }
                    offset += taken
                }
            }
            return offset
        }
        bytes.moveReaderIndex(forwardBy: length)
        return isComplete && !hasEnded && bytes.readableBytes > 0
    }

    /// Begins a frame that is the lane's.
    ///
    /// - Returns: how many bytes have been taken, 0 if the frame is the connection's, nil if more of it has to come.
    private func takeFrame(_ bytes: UnsafeRawBufferPointer, context: ChannelHandlerContext) -> Int? {
        guard bytes.count >= FrameBorders.headerLength else { return nil }
        let length = Int(bytes[0]) << 16 | Int(bytes[1]) << 8 | Int(bytes[2])
        let (type, flags) = (bytes[3], bytes[4])
        let stream = Self.integer(bytes, at: 5)
        switch type {
        case Frame.Kind.data:
            guard length <= Self.maximumPayload, let stream = lane.stream(stream), !stream.hasEnded else { return 0 }
            if length == 0, flags & Frame.Flag.endStream != 0 {
                // Nothing but the end, which the connection has to be told of in any case.
                stream.hasEnded = true
                return 0
            }
            return beginData(bytes, length: length, flags: flags, stream, context: context)
        case Frame.Kind.settings
        where stream == 0 && flags & Frame.Flag.acknowledgement == 0 && length <= Self.maximumPayload:
            let end = FrameBorders.headerLength + length
            guard bytes.count >= end else { return nil }
            let payload = UnsafeRawBufferPointer(rebasing: bytes[FrameBorders.headerLength..<end])
            if !lane.settings(payload) { self.end(.flowControl, context: context) }
            return 0
        case Frame.Kind.windowUpdate where length == 4:
            guard bytes.count >= FrameBorders.headerLength + 4 else { return nil }
            let increment = Int(Self.integer(bytes, at: FrameBorders.headerLength))
            switch lane.windowUpdate(increment, stream: stream) {
            case .notOurs: return 0
            case .overflow: end(.flowControl, context: context)
            case .taken:
                if case .end(let fault) = rules.frame(type: type, flags: flags, length: length, now: Self.now) {
                    end(fault, context: context)
                }
            }
            return FrameBorders.headerLength + 4
        default:
            return 0
        }
    }

    private func beginData(
        _ bytes: UnsafeRawBufferPointer,
        length: Int,
        flags: UInt8,
        _ stream: DataLane.Stream,
        context: ChannelHandlerContext
    ) -> Int? {
        var (start, padding) = (FrameBorders.headerLength, 0)
        if flags & Frame.Flag.padded != 0 {
            guard bytes.count > start else { return nil }
            padding = Int(bytes[start])
            // Padding beyond the frame is the connection's to refuse.
            guard padding < length else { return 0 }
            start += 1
        }
        let payload = length - padding - (start - FrameBorders.headerLength)
        emptyFrames = payload == 0 ? emptyFrames + 1 : 0
        if emptyFrames > 1 {
            end(.emptyData, context: context)
            return start
        }
        switch lane.arrived(length, on: stream) {
        case .taken: break
        case .exceedsConnection:
            end(.flowControl, context: context)
            return start
        case .exceedsStream:
            // The stream goes, and this is then DATA for one that has gone.
            stream.call.exceededWindow()
            return 0
        }
        current = Data(stream: stream, payload: payload, padding: padding, isLast: flags & Frame.Flag.endStream != 0)
        if payload + padding == 0 { endData(context) }
        return start
    }

    private func takeData(_ bytes: UnsafeRawBufferPointer, context: ChannelHandlerContext) -> Int {
        guard var data = current else { return 0 }
        let length = min(data.payload, bytes.count)
        if length > 0 {
            data.payload -= length
            data.stream.call.receive(
                UnsafeRawBufferPointer(rebasing: bytes.prefix(length)),
                expected: bytes.count - length
            )
            // Its header may have come with an earlier read.
            lane.markDirty(data.stream)
        }
        let padding = min(data.padding, bytes.count - length)
        data.padding -= padding
        current = data
        if data.payload + data.padding == 0 { endData(context) }
        return length + padding
    }

    private func endData(_ context: ChannelHandlerContext) {
        guard let data = current.take(), data.isLast else { return }
        data.stream.hasEnded = true
        // The connection is told of the end by an empty frame.
        let end = Frame.begin(
            Frame.Kind.data,
            flags: Frame.Flag.endStream,
            stream: data.stream.id,
            length: 0,
            lane.allocator
        )
        context.fireChannelRead(wrapInboundOut(end))
    }

    /// Nanoseconds, for the budgets.
    private static func now() -> Int64 {
        Int64(NIODeadline.now().uptimeNanoseconds)
    }

    private static func integer(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        // The first bit is reserved.
        bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self).bigEndian & 0x7FFF_FFFF
    }

    /// Passes on one piece, or answers one ping.
    ///
    /// - Returns: whether there may be more to do.
    private func step(_ bytes: inout ByteBuffer, context: ChannelHandlerContext) -> Bool {
        var fault: ConnectionFault?
        var isPing = false
        let length = bytes.withUnsafeReadableBytes { pointer in
            borders.cut(available: pointer.count, limit: Self.limit, byte: { pointer[$0] }) { offset, payload in
                // The lane looks at each of these when it comes first.
                if offset > 0, !rules.isInHeaderBlock, [0, 4, 8].contains(pointer[offset + 3]) { return false }
                // A ping is counted when all of it is there, however many reads bring it.
                let (type, flags) = (pointer[offset + 3], pointer[offset + 4])
                if type == Frame.Kind.headers, rules.headerBlocks - headerBlocksBefore >= headerBlocksPerTurn {
                    isPaused = true
                    return false
                }
                if FrameRules.isPing(type: type, flags: flags, length: payload),
                    pointer.count < offset + Self.pingLength
                {
                    return false
                }
                switch rules.frame(type: type, flags: flags, length: payload, now: Self.now) {
                case .pass: return true
                case .answer: isPing = true
                case .end(let reason): fault = reason
                }
                return false
            }
        }
        if length > 0, let piece = bytes.readSlice(length: length) { context.fireChannelRead(wrapInboundOut(piece)) }
        if let fault {
            end(fault, context: context)
            return false
        }
        if isPing { return answerPing(&bytes, context: context) }
        return length > 0 && !hasEnded && !isPaused
    }

    /// - Returns: whether all of the ping was there.
    private func answerPing(_ bytes: inout ByteBuffer, context: ChannelHandlerContext) -> Bool {
        guard var frame = bytes.readSlice(length: Self.pingLength) else { return false }
        pingsUnderBacklog = context.channel.isWritable ? 0 : pingsUnderBacklog + 1
        guard pingsUnderBacklog <= Self.pingsOnBacklog else {
            end(.outboundBacklog, context: context)
            return false
        }
        frame.setInteger(Frame.Flag.acknowledgement, at: frame.readerIndex + 4)
        lane.write(frame)
        lane.flush()
        return true
    }

    /// Drops whatever still comes, and has the connection ended by its supervisor, which speaks HTTP/2.
    private func end(_ fault: ConnectionFault, context: ChannelHandlerContext) {
        hasEnded = true
        held = ByteBuffer()
        context.fireUserInboundEventTriggered(ConnectionFaultEvent(fault: fault))
    }

    private func startHeaderTimer(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let block = rules.headerBlocks
        headerTimer = context.eventLoop.scheduleTask(in: headerTimeout) {
            let (cutter, context) = bound.value
            if cutter.rules.headerBlocks == block {
                cutter.end(.slowHeaders, context: context)
            } else {
                cutter.startHeaderTimer(context)
            }
        }
    }
}

/// Asks the ``ConnectionSupervisor`` to end the connection.
struct ConnectionFaultEvent: Sendable {
    let fault: ConnectionFault
}
