package import NIOCore

/// Gathers the many small writes of an HTTP/2 stack into buffers of the size of a TLS record, and hands them on when
/// flushed or full. Sits between NIOSSL and HTTP/2: without it each frame becomes two TLS records, one for its nine
/// bytes of header and one for its payload.
///
/// Bound: ``recordSize`` bytes; a full buffer is written on at once.
package final class WriteCoalescer: ChannelOutboundHandler {
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// The most plaintext that goes into one TLS record with a ciphertext of at most 16 KiB, TLS 1.2's 29 bytes around
    /// it included: a record may be larger (RFC 8446, 5.1), but then NIOSSL takes 32 KiB for each.
    package static let recordSize = 16_384 - 32

    /// From this size on, a record of its own costs less than a copy.
    private static let passSize = 12_288

    private var gathered: ByteBuffer?
    /// Whether ``gathered`` is what was written alone so far, and no buffer of ours.
    private var isBorrowed = false
    private var promise: EventLoopPromise<Void>?

    package init() {}

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var data = unwrapOutboundIn(data)
        if gathered == nil, data.readableBytes <= Self.recordSize {
            if data.readableBytes >= Self.passSize { return context.write(wrapOutboundOut(data), promise: promise) }
            // Most flushes follow a single write, which then needs no copy.
            gathered = data
            isBorrowed = true
            return remember(promise, context: context)
        }
        while data.readableBytes > 0 {
            gather(from: &data, context: context)
            if data.readableBytes > 0 { emit(context: context) }
        }
        remember(promise, context: context)
        if let gathered, gathered.readableBytes >= Self.recordSize { emit(context: context) }
    }

    package func flush(context: ChannelHandlerContext) {
        emit(context: context)
        context.flush()
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode != .input { emit(context: context) }
        context.close(mode: mode, promise: promise)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        promise?.fail(ChannelError.ioOnClosedChannel)
        promise = nil
        gathered = nil
    }

    private func gather(from data: inout ByteBuffer, context: ChannelHandlerContext) {
        var buffer: ByteBuffer
        if let gathered, !isBorrowed {
            buffer = gathered
        } else {
            buffer = context.channel.allocator.buffer(capacity: Self.recordSize)
            if let gathered { buffer.writeImmutableBuffer(gathered) }
            isBorrowed = false
        }
        gathered = nil
        let room = Self.recordSize - buffer.readableBytes
        if var part = data.readSlice(length: min(room, data.readableBytes)) {
            buffer.writeBuffer(&part)
        }
        gathered = buffer
    }

    private func remember(_ new: EventLoopPromise<Void>?, context: ChannelHandlerContext) {
        guard let new else { return }
        if gathered == nil { gathered = context.channel.allocator.buffer(capacity: 0) }
        if let promise {
            promise.futureResult.cascade(to: new)
        } else {
            promise = new
        }
    }

    private func emit(context: ChannelHandlerContext) {
        guard let gathered else { return }
        let promise = self.promise
        self.gathered = nil
        isBorrowed = false
        self.promise = nil
        context.write(wrapOutboundOut(gathered), promise: promise)
    }
}
