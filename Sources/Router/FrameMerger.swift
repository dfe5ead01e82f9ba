internal import NIOCore

/// Merges small payloads into larger ones, in order, so that a burst of small messages costs one frame and not
/// hundreds. Large payloads pass uncopied.
struct FrameMerger {
    /// The largest frame that any HTTP/2 peer accepts (RFC 9113, 4.2). Larger ones gain nothing.
    static let frameSize = 16_384
    /// From this size on, copying a payload costs more than a frame of its own.
    private static let passSize = 8_192

    private let allocator: ByteBufferAllocator
    /// What is to be written next: the payload itself while it is alone, a buffer of our own once it has company.
    private var pending: ByteBuffer?
    private var isOwn = false
    /// A second payload to write after the one that ``add(_:)`` has returned.
    var overflow: ByteBuffer?

    init(allocator: ByteBufferAllocator) {
        self.allocator = allocator
    }

    /// - Returns: a payload to write now, if any.
    mutating func add(_ buffer: ByteBuffer) -> ByteBuffer? {
        // Taken out, so that the storage has one owner and is appended to in place.
        guard var first = pending.take() else {
            if buffer.readableBytes >= Self.passSize { return buffer }
            pending = buffer
            return nil
        }
        guard first.readableBytes + buffer.readableBytes <= Self.frameSize else {
            isOwn = false
            if buffer.readableBytes >= Self.passSize {
                overflow = buffer
            } else {
                pending = buffer
            }
            return first
        }
        if !isOwn {
            var own = allocator.buffer(capacity: Self.frameSize)
            own.writeImmutableBuffer(first)
            first = own
            isOwn = true
        }
        first.writeImmutableBuffer(buffer)
        pending = first
        return nil
    }

    /// The rest.
    mutating func finish() -> ByteBuffer? {
        isOwn = false
        return pending.take()
    }
}
