internal import NIOCore
internal import Transport

/// Hands the HTTP/2 decoder its bytes in short pieces that never end inside a frame's header.
///
/// NIOHTTP2 appends what it is given to the buffer that the payloads of earlier frames are slices of. While one of
/// those waits for its reader, each append copies the whole buffer, and the buffer starts again from its beginning only
/// when it has been read to the end. Large reads that end anywhere therefore make it large and each later read dear; with
/// short pieces that are read to their end it stays as short as they are.
final class FrameCutter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The most that is passed on at a time: a full frame with its header fits, and so do many small ones.
    private static let limit = 16_384 + 9

    private var borders = FrameBorders()
    /// A frame header that is not complete. Bound: 8 bytes.
    private var held = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if held.readableBytes > 0 {
            var joined = context.channel.allocator.buffer(capacity: held.readableBytes + bytes.readableBytes)
            joined.writeBuffer(&held)
            joined.writeBuffer(&bytes)
            held = ByteBuffer()
            bytes = joined
        }
        while let piece = next(from: &bytes) { context.fireChannelRead(wrapInboundOut(piece)) }
        held = bytes
    }

    private func next(from bytes: inout ByteBuffer) -> ByteBuffer? {
        let length = bytes.withUnsafeReadableBytes { pointer in
            borders.cut(available: pointer.count, limit: Self.limit) { pointer[$0] }
        }
        return length == 0 ? nil : bytes.readSlice(length: length)
    }
}
