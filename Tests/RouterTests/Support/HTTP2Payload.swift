import NIOCore
import NIOHTTP2
import Synchronization

enum HTTP2Payload {
    /// A DATA frame's payload.
    static func data(_ bytes: ByteBuffer) -> HTTP2Frame.FramePayload {
        .data(.init(data: .byteBuffer(bytes)))
    }
}

/// A sum that event loops add to and a test reads.
final class NIOLockedCounter: Sendable {
    private let sum = Mutex(0)

    var value: Int { sum.withLock { $0 } }

    func add(_ count: Int) {
        sum.withLock { $0 += count }
    }
}
