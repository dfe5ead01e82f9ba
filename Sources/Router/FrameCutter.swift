internal import NIOCore
internal import RouterCore
internal import Transport

/// Hands the HTTP/2 decoder its bytes in short pieces that never end inside a frame's header, and holds its peer to the
/// ``FrameRules``.
///
/// NIOHTTP2 appends what it is given to the buffer that the payloads of earlier frames are slices of. While one of
/// those waits for its reader, each append copies the whole buffer, and the buffer starts again from its beginning only
/// when it has been read to the end. Large reads that end anywhere therefore make it large and each later read dear; with
/// short pieces that are read to their end it stays as short as they are.
final class FrameCutter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The most that is passed on at a time: a full frame with its header fits, and so do many small ones.
    private static let limit = 16_384 + 9
    /// The length of a PING frame.
    private static let pingLength = FrameBorders.headerLength + 8
    /// Pings that are answered although the peer takes nothing. Bound of what they cost: 17 bytes each.
    private static let pingsOnBacklog = 1_000

    private var borders = FrameBorders()
    private var rules: FrameRules
    /// A frame header that is not complete, or a ping that is not. Bound: 16 bytes.
    private var held = ByteBuffer()
    private var pingsUnderBacklog = 0
    private var hasEnded = false
    /// GOAWAY frames that have been sent. The HTTP/2 library reports errors of one stream and errors of the connection
    /// alike; only those of the connection make it say GOAWAY.
    private(set) var goAways = 0
    private let headerTimeout: TimeAmount
    /// Runs while a header block is open at the end of a read.
    private var headerTimer: Scheduled<Void>?

    /// - Parameter headerTimeout: how long a header block may take from its first frame to its last.
    init(limits: FrameRules.Limits, headerTimeout: TimeAmount) {
        rules = FrameRules(limits: limits)
        self.headerTimeout = headerTimeout
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        headerTimer?.cancel()
        headerTimer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if hasEnded { return }
        var bytes = unwrapInboundIn(data)
        if held.readableBytes > 0 {
            var joined = context.channel.allocator.buffer(capacity: held.readableBytes + bytes.readableBytes)
            joined.writeBuffer(&held)
            joined.writeBuffer(&bytes)
            held = ByteBuffer()
            bytes = joined
        }
        while step(&bytes, context: context) {}
        if hasEnded { return }
        held = bytes
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if borders.isInsideHeaders || rules.isInHeaderBlock {
            if headerTimer == nil { startHeaderTimer(context) }
        } else {
            headerTimer?.cancel()
            headerTimer = nil
        }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // The library writes each frame's header as the beginning of a buffer.
        let bytes = unwrapOutboundIn(data)
        if bytes.getInteger(at: bytes.readerIndex + 3, as: UInt8.self) == 7 { goAways += 1 }
        context.write(data, promise: promise)
    }

    /// Passes on one piece, or answers one ping.
    ///
    /// - Returns: whether there may be more to do.
    private func step(_ bytes: inout ByteBuffer, context: ChannelHandlerContext) -> Bool {
        var fault: ConnectionFault?
        var isPing = false
        let length = bytes.withUnsafeReadableBytes { pointer in
            borders.cut(available: pointer.count, limit: Self.limit, byte: { pointer[$0] }) { offset, payload in
                let verdict = rules.frame(type: pointer[offset + 3], flags: pointer[offset + 4], length: payload) {
                    Int64(NIODeadline.now().uptimeNanoseconds)
                }
                switch verdict {
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
        return length > 0 && !hasEnded
    }

    /// - Returns: whether all of the ping was there.
    private func answerPing(_ bytes: inout ByteBuffer, context: ChannelHandlerContext) -> Bool {
        guard var frame = bytes.readSlice(length: Self.pingLength) else { return false }
        pingsUnderBacklog = context.channel.isWritable ? 0 : pingsUnderBacklog + 1
        guard pingsUnderBacklog <= Self.pingsOnBacklog else {
            end(.outboundBacklog, context: context)
            return false
        }
        frame.setInteger(UInt8(1), at: frame.readerIndex + 4)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
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
