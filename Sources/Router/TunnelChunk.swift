internal import NIOCore
internal import Transport

/// The form in which payload goes through a tunnel: a buffer with room for a DATA frame's header in front, so that a
/// frame is sent from where it was received into, and of a size with which the frame fills one TLS record.
///
/// Payload is copied into chunks once, out of the buffer that TLS has decrypted it into, which is used again for the
/// next read. Short payloads share a chunk, so that a flood of them costs a few frames and not hundreds, and no more
/// memory than their bytes.
enum TunnelChunk {
    private static let headerLength = FrameBorders.headerLength
    /// The most payload of one chunk. A larger frame would make a second, tiny, TLS record.
    static let maximumPayload = WriteCoalescer.recordSize - headerLength

    /// - Parameter payload: how much there is to come, as far as is known.
    static func make(payload: Int, allocator: ByteBufferAllocator) -> ByteBuffer {
        var chunk = allocator.buffer(capacity: headerLength + min(payload, maximumPayload))
        chunk.moveWriterIndex(to: headerLength)
        chunk.moveReaderIndex(to: headerLength)
        return chunk
    }

    /// Appends bytes to the last of `chunks`, and to new ones once it is full.
    ///
    /// - Parameter expected: how much more may follow at once, so that a chunk is as large as it will have to be.
    static func append(
        _ bytes: UnsafeRawBufferPointer,
        to chunks: inout [ByteBuffer],
        expected: Int,
        allocator: ByteBufferAllocator
    ) {
        var offset = 0
        while offset < bytes.count {
            let room = chunks.last.map { maximumPayload - $0.readableBytes } ?? 0
            if room <= 0 { chunks.append(make(payload: bytes.count - offset + expected, allocator: allocator)) }
            let length = min(bytes.count - offset, room <= 0 ? maximumPayload : room)
            let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + length)])
            chunks[chunks.count - 1].writeBytes(part)
            offset += length
        }
    }

    /// Moves `next` to the end of `last` if one chunk can hold both.
    ///
    /// - Parameter partly: whether as much as there is room for is moved otherwise.
    /// - Returns: how many bytes were moved.
    static func merge(_ last: inout ByteBuffer, _ next: inout ByteBuffer, partly: Bool) -> Int {
        let room = maximumPayload - last.readableBytes
        if next.readableBytes <= room { return last.writeImmutableBuffer(next) }
        guard partly, room > 0, let part = next.readSlice(length: room) else { return 0 }
        last.writeImmutableBuffer(part)
        // In a buffer of its own size, without the bytes that have gone.
        var rest = make(payload: next.readableBytes, allocator: ByteBufferAllocator())
        rest.writeImmutableBuffer(next)
        next = rest
        return room
    }

    /// Turns a chunk, or the unsent rest of one, into a DATA frame.
    static func frame(_ chunk: inout ByteBuffer, stream: UInt32) {
        let length = UInt32(chunk.readableBytes)
        let start = chunk.readerIndex - headerLength
        chunk.moveReaderIndex(to: start)
        // 24 bits of length, 8 of type (0), 8 of flags, 32 of stream.
        chunk.setInteger(length << 8, at: start)
        chunk.setInteger(UInt8(0), at: start + 4)
        chunk.setInteger(stream, at: start + 5)
    }
}
