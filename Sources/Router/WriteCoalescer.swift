internal import NIOCore

/// Gathers the many small frames of a connection into buffers of the size of a TLS record, and hands them to TLS when
/// flushed or full: without it each frame becomes a TLS record of its own.
///
/// Bound: ``recordSize`` bytes; a full buffer is written on at once.
final class WriteCoalescer {
    /// The most plaintext that goes into one TLS record with a ciphertext of at most 16 KiB, TLS 1.2's 29 bytes around
    /// it included: a record may be larger (RFC 8446, 5.1), but then NIOSSL takes 32 KiB for each.
    static let recordSize = 16_384 - 32

    /// From this size on, a record of its own costs less than a copy.
    private static let passSize = 12_288

    /// The room for what is gathered when all of it is short, as the first answers on a connection are.
    private static let fewBytes = 512

    private var gathered: ByteBuffer?
    /// Whether ``gathered`` is what was written alone so far, and no buffer of ours.
    private var isBorrowed = false
    private var promise: EventLoopPromise<Void>?

    /// - Parameters:
    ///   - promise: succeeds when the system has taken it.
    ///   - context: of the handler whose writes go to TLS.
    func write(_ data: ByteBuffer, promise: EventLoopPromise<Void>?, to context: ChannelHandlerContext) {
        if gathered == nil, data.readableBytes <= Self.recordSize {
            if data.readableBytes >= Self.passSize { return context.write(NIOAny(data), promise: promise) }
            // Most flushes follow a single write, which then needs no copy.
            gathered = data
            isBorrowed = true
            return remember(promise, context)
        }
        var data = data
        while data.readableBytes > 0 {
            gather(from: &data, context)
            if data.readableBytes > 0 { emit(to: context) }
        }
        remember(promise, context)
        if let gathered, gathered.readableBytes >= Self.recordSize { emit(to: context) }
    }

    /// Writes on what has been gathered, without a flush.
    func emit(to context: ChannelHandlerContext) {
        guard let gathered else { return }
        let promise = self.promise
        self.gathered = nil
        isBorrowed = false
        self.promise = nil
        context.write(NIOAny(gathered), promise: promise)
    }

    /// Drops what has been gathered, as it can no more be written.
    func fail() {
        promise?.fail(ChannelError.ioOnClosedChannel)
        promise = nil
        gathered = nil
        isBorrowed = false
    }

    private func gather(from data: inout ByteBuffer, _ context: ChannelHandlerContext) {
        let length = (gathered?.readableBytes ?? 0) + data.readableBytes
        let capacity = length <= Self.fewBytes ? Self.fewBytes : Self.recordSize
        var buffer: ByteBuffer
        if let gathered, !isBorrowed {
            buffer = gathered
        } else {
            buffer = context.channel.allocator.buffer(capacity: capacity)
            if let gathered { buffer.writeImmutableBuffer(gathered) }
            isBorrowed = false
        }
        gathered = nil
        buffer.reserveCapacity(capacity)
        let room = Self.recordSize - buffer.readableBytes
        if var part = data.readSlice(length: min(room, data.readableBytes)) {
            buffer.writeBuffer(&part)
        }
        gathered = buffer
    }

    private func remember(_ new: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        guard let new else { return }
        if gathered == nil { gathered = context.channel.allocator.buffer(capacity: 0) }
        if let promise {
            promise.futureResult.cascade(to: new)
        } else {
            promise = new
        }
    }
}
