import NIOCore
import NIOHPACK
import Transport

@testable import Router

/// What a router reads of a call, and what it makes of its data.
enum RouterTargets {
    /// Headers as HPACK, or one a line, after those that every call has.
    static func callHeaders(_ input: FuzzInput) throws {
        var input = input
        guard let kind = input.next() else { return }
        let usual: HPACKHeaders = [":method": "POST", ":path": CallHeaders.path, "content-type": "application/grpc"]
        var block = ByteBuffer()
        if kind % 4 > 0 {
            var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
            try encoder.encode(headers: usual, to: &block)
        }
        if kind % 2 == 0 {
            block.writeBytes(input.bytes)
        } else {
            for line in input.text.split(separator: "\n") {
                let parts = line.split(separator: ":", maxSplits: 1)
                Self.write("\(parts.first ?? "")", "\(parts.count > 1 ? parts[1] : "")", to: &block)
            }
        }
        var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
        // The decoder lets names through that the library's own `add` traps on.
        guard let headers = try? decoder.decodeHeaders(from: &block) else { return }
        guard let call = try? CallHeaders(headers, maximumBytes: 16_384) else { return }
        if let timeout = call.timeout {
            try FuzzFinding.unless(timeout >= .zero && timeout <= .seconds(366 * 86_400), "a time-out of \(timeout)")
        }
        try FuzzFinding.unless(call.encoding.used != "identity", "identity counts as compression")
    }

    /// A field as a literal that is not indexed (RFC 7541, 6.2.2), cut to what one byte of length can say.
    private static func write(_ name: String, _ value: String, to block: inout ByteBuffer) {
        block.writeInteger(UInt8(0))
        for text in [name, value] {
            let bytes = text.utf8.prefix(126)
            block.writeInteger(UInt8(bytes.count))
            block.writeBytes(bytes)
        }
    }

    /// What comes out is what went in, in pieces that fit into frames.
    static func tunnelChunk(_ input: FuzzInput) throws {
        var (queue, expected, framed) = ([ByteBuffer](), [UInt8](), [UInt8]())
        var read: [ByteBuffer] = []
        func endRead() {
            for (number, chunk) in read.enumerated() {
                var rest = chunk
                let bytes = chunk.readableBytes
                if let last = queue.indices.last,
                    TunnelChunk.merge(&queue[last], &rest, partly: number % 2 == 0) == bytes
                {
                    continue
                }
                queue.append(rest)
            }
            read = []
        }
        for (number, byte) in input.bytes.enumerated() {
            if byte == 0 { endRead() }
            // Many small sizes and some about a frame's.
            let size = byte < 128 ? Int(byte) : (Int(byte) - 127) * 128 + number % 3
            let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)
            expected += payload
            payload.withUnsafeBytes {
                TunnelChunk.append($0, to: &read, expected: number % 5 * 1_000, allocator: ByteBufferAllocator())
            }
        }
        endRead()
        for (number, chunk) in queue.enumerated() {
            // Some are sent in two parts.
            let cut = chunk.readableBytes > 1 ? number % 3 * chunk.readableBytes / 4 : 0
            var (first, second) = (chunk, chunk)
            first.moveWriterIndex(to: first.readerIndex + cut)
            second.moveReaderIndex(forwardBy: cut)
            for var part in [first, second] where part.readableBytes > 0 {
                let length = part.readableBytes
                try FuzzFinding.unless(length <= TunnelChunk.maximumPayload, "a chunk of \(length)")
                TunnelChunk.frame(&part, stream: 0x0102_0305)
                let header = part.readBytes(length: FrameBorders.headerLength)
                try FuzzFinding.unless(
                    header == [0, UInt8(length >> 8), UInt8(length & 0xFF), 0, 0, 1, 2, 3, 5],
                    "another header: \(header ?? [])"
                )
                framed += part.readableBytesView
            }
        }
        try FuzzFinding.unless(framed == expected, "\(framed.count) bytes of \(expected.count), or in another order")
    }
}
