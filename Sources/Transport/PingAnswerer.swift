package import NIOCore

/// Answers the pings by which gRPC clients measure a connection, before NIOHTTP2 counts them.
///
/// gRPC's C core, and so Python's, pings whenever data comes in to learn the bandwidth of the connection. NIOHTTP2
/// closes a connection after 200 PING frames in 30 s, a limit that grpc-swift-nio-transport does not expose; a client
/// that is merely busy reaches it in seconds. gRPC's own rule lets such pings through: a ping is counted against a
/// client only when the server has sent neither headers nor data since the one before. So those are answered here, up
/// to a budget, and all others are passed on to the policy behind (`grpc.keepalive.minTime`).
///
/// Stands between NIOSSL and NIOHTTP2:
///
/// | frame | from the client | to the client |
/// |---|---|---|
/// | PING after headers or data | answered, not passed on | |
/// | PING otherwise | passed on | |
/// | everything else | passed on unchanged | passed on unchanged |
package final class PingAnswerer: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// The length of a PING frame: a header and 8 bytes.
    private static let pingLength = FrameBorders.headerLength + 8

    /// Pings answered here in one window; a flood beyond meets NIOHTTP2's limit.
    private let budget: Int
    private let window: TimeAmount

    private var borders = FrameBorders()
    /// The beginning of a frame that cannot be told yet. Bound: 16 bytes.
    private var held = ByteBuffer()
    private var hasSent = false
    private var remaining: Int
    private var windowEnd = NIODeadline.now()

    package init(budget: Int = 10_000, window: TimeAmount = .seconds(30)) {
        self.budget = budget
        self.window = window
        remaining = budget
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if held.readableBytes > 0 {
            held.writeBuffer(&bytes)
            bytes = held
            held = ByteBuffer()
        }
        var passing = 0
        while passing < bytes.readableBytes {
            if borders.isAtBorder, Self.isPing(bytes, at: passing) {
                guard bytes.readableBytes - passing >= Self.pingLength else { break }
                if takeFromBudget(context) {
                    pass(passing, of: &bytes, context)
                    answer(&bytes, context)
                    passing = 0
                    continue
                }
            }
            let length = advance(bytes, from: passing)
            if length == 0 { break }
            passing += length
        }
        pass(passing, of: &bytes, context)
        held = bytes
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if !hasSent {
            let bytes = unwrapOutboundIn(data)
            // NIOHTTP2 writes each frame's header as the beginning of a buffer: DATA is type 0, HEADERS is type 1.
            let type: UInt8? = bytes.getInteger(at: bytes.readerIndex + 3)
            hasSent = type.map { $0 <= 1 } ?? false
        }
        context.write(data, promise: promise)
    }

    private static func isPing(_ bytes: ByteBuffer, at offset: Int) -> Bool {
        let start = bytes.readerIndex + offset
        guard let length: UInt32 = bytes.getInteger(at: start), let flags: UInt8 = bytes.getInteger(at: start + 4)
        else {
            return false
        }
        // 24 bits of length (8), 8 bits of type (6), and not an acknowledgement.
        return length == 8 << 8 | 6 && flags & 1 == 0
    }

    private func advance(_ bytes: ByteBuffer, from offset: Int) -> Int {
        bytes.withUnsafeReadableBytes { pointer in
            borders.advance(available: pointer.count - offset) { pointer[offset + $0] }
        }
    }

    private func pass(_ length: Int, of bytes: inout ByteBuffer, _ context: ChannelHandlerContext) {
        if length > 0, let piece = bytes.readSlice(length: length) { context.fireChannelRead(wrapInboundOut(piece)) }
    }

    private func answer(_ bytes: inout ByteBuffer, _ context: ChannelHandlerContext) {
        guard var frame = bytes.readSlice(length: Self.pingLength) else { return }
        frame.setInteger(UInt8(1), at: frame.readerIndex + 4)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    private func takeFromBudget(_ context: ChannelHandlerContext) -> Bool {
        guard hasSent else { return false }
        let now = NIODeadline.now()
        if now >= windowEnd {
            windowEnd = now + window
            remaining = budget
        }
        guard remaining > 0 else { return false }
        remaining -= 1
        hasSent = false
        return true
    }
}
