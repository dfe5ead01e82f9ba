import NIOCore
import NIOHPACK

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
    static func frameMerger(_ input: FuzzInput) throws {
        var merger = FrameMerger(allocator: ByteBufferAllocator())
        var (expected, merged) = ([UInt8](), [UInt8]())
        func emit(_ frame: ByteBuffer?) throws {
            guard let frame else { return }
            try FuzzFinding.unless(frame.readableBytes > 0, "an empty frame")
            try FuzzFinding.unless(
                frame.readableBytes <= FrameMerger.frameSize,
                "a frame of \(frame.readableBytes)"
            )
            merged += frame.readableBytesView
        }
        for (number, byte) in input.bytes.enumerated() where byte > 0 {
            // Many small sizes and some about a frame's.
            let size = byte < 128 ? Int(byte) : min((Int(byte) - 127) * 128 + number % 3, FrameMerger.frameSize)
            let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: size)
            expected += payload
            try emit(merger.add(ByteBuffer(bytes: payload)))
            try emit(merger.overflow.take())
        }
        try emit(merger.finish())
        try FuzzFinding.unless(merged == expected, "\(merged.count) bytes of \(expected.count), or in another order")
    }
}
