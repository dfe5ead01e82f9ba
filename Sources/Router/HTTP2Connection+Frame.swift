internal import NIOCore
internal import Transport

extension HTTP2Connection {
    /// A frame of HTTP/2 (RFC 9113, section 4.1).
    struct Frame {
        /// The largest payload that we accept and send: what every peer has to take.
        static let maximumPayload = 16_384

        /// The types that this server knows (RFC 9113, section 6).
        enum Kind {
            static let data: UInt8 = 0
            static let headers: UInt8 = 1
            static let priority: UInt8 = 2
            static let reset: UInt8 = 3
            static let settings: UInt8 = 4
            static let pushPromise: UInt8 = 5
            static let ping: UInt8 = 6
            static let goAway: UInt8 = 7
            static let windowUpdate: UInt8 = 8
            static let continuation: UInt8 = 9
        }

        /// The flags that this server knows.
        enum Flag {
            /// Of SETTINGS and PING.
            static let acknowledgement: UInt8 = 0x1
            static let endStream: UInt8 = 0x1
            static let endHeaders: UInt8 = 0x4
            static let padded: UInt8 = 0x8
            static let priority: UInt8 = 0x20
        }

        let kind: UInt8
        let flags: UInt8
        let stream: UInt32
        var payload: ByteBuffer

        func has(_ flag: UInt8) -> Bool { flags & flag != 0 }

        /// Takes the next frame off the front of `bytes`; nil if it is not all there.
        ///
        /// - Throws: ``HTTP2Violation`` for one that is too large, as soon as its header is there.
        static func take(from bytes: inout ByteBuffer) throws(HTTP2Violation) -> Frame? {
            let start = bytes.readerIndex
            guard let word: UInt32 = bytes.getInteger(at: start), let flags: UInt8 = bytes.getInteger(at: start + 4),
                let stream: UInt32 = bytes.getInteger(at: start + 5)
            else { return nil }
            let length = Int(word >> 8)
            guard length <= maximumPayload else {
                throw HTTP2Violation("a frame of \(length) bytes", code: .frameSizeError)
            }
            guard bytes.readableBytes >= FrameBorders.headerLength + length else { return nil }
            bytes.moveReaderIndex(forwardBy: FrameBorders.headerLength)
            guard let payload = bytes.readSlice(length: length) else { return nil }
            return Frame(
                kind: UInt8(truncatingIfNeeded: word),
                flags: flags,
                stream: stream & 0x7FFF_FFFF,
                payload: payload
            )
        }

        /// Takes the padding off (RFC 9113, section 6.1).
        ///
        /// - Throws: ``HTTP2Violation`` if there would be more of it than there is payload.
        mutating func removePadding() throws(HTTP2Violation) {
            guard has(Flag.padded) else { return }
            guard let padding: UInt8 = payload.readInteger(), Int(padding) <= payload.readableBytes else {
                throw HTTP2Violation("more padding than payload")
            }
            payload.moveWriterIndex(to: payload.writerIndex - Int(padding))
        }

        /// Begins a frame in a buffer that its payload is then written to.
        static func begin(
            _ kind: UInt8,
            flags: UInt8 = 0,
            stream: UInt32 = 0,
            length: Int,
            _ allocator: ByteBufferAllocator
        ) -> ByteBuffer {
            var frame = allocator.buffer(capacity: FrameBorders.headerLength + length)
            frame.writeInteger(UInt32(length) << 8 | UInt32(kind))
            frame.writeInteger(flags)
            frame.writeInteger(stream)
            return frame
        }
    }
}
