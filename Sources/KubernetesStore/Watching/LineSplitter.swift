import Foundation
import NIOCore

/// Cuts a stream of bytes, that come in pieces of any size, into lines.
///
/// Bound: `maximumLength` bytes without a line's end.
struct LineSplitter {
    struct TooLong: Error {}

    private let maximumLength: Int
    private var buffer = ByteBuffer()
    /// How many of the readable bytes are known to hold no end of a line.
    private var scanned = 0

    init(maximumLength: Int) { self.maximumLength = maximumLength }

    mutating func append(_ chunk: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = chunk
        } else {
            var chunk = chunk
            buffer.writeBuffer(&chunk)
        }
    }

    /// The next whole line, without its end; nil until more bytes come. Empty lines are passed over.
    /// - Throws: `TooLong`.
    mutating func next() throws(TooLong) -> Data? {
        while let end = buffer.readableBytesView.dropFirst(scanned).firstIndex(of: UInt8(ascii: "\n")) {
            let length = end - buffer.readerIndex
            let line = Data(buffer.readableBytesView[buffer.readerIndex..<end])
            buffer.moveReaderIndex(forwardBy: length + 1)
            scanned = 0
            if length > maximumLength { throw TooLong() }
            if !line.isEmpty { return line }
        }
        scanned = buffer.readableBytes
        if scanned > maximumLength { throw TooLong() }
        if scanned == 0 { buffer = ByteBuffer() } else { buffer.discardReadBytes() }
        return nil
    }

    /// What is left when the stream has ended; nil when that is nothing.
    var rest: Data? { buffer.readableBytes == 0 ? nil : Data(buffer.readableBytesView) }
}
