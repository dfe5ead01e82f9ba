import NIOCore
import TestSupport

extension SeededGenerator {
    /// This many bytes.
    mutating func bytes(_ count: Int) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count + 8)
        while buffer.readableBytes < count { buffer.writeInteger(next()) }
        return buffer.readSlice(length: count) ?? buffer
    }
}
