import NIOCore
import TestSupport
import Testing

@testable import Router

@Suite("Payload in chunks")
struct TunnelChunkTests {
    /// What `sizes` become when they arrive in one read.
    private static func chunks(of sizes: [Int]) -> (chunks: [ByteBuffer], bytes: [UInt8]) {
        var noise = SeededGenerator(seed: 1)
        var chunks: [ByteBuffer] = []
        var bytes: [UInt8] = []
        for size in sizes {
            let piece = Array(noise.bytes(size).readableBytesView)
            bytes += piece
            piece.withUnsafeBytes {
                TunnelChunk.append($0, to: &chunks, expected: 0, allocator: ByteBufferAllocator())
            }
        }
        return (chunks, bytes)
    }

    @Test(
        "changes no byte and no order",
        arguments: [
            [1], [100, 100], [16_384, 1], [1, 16_384, 1], [9_000, 9_000, 10], [8_000, 8_000, 8_000], [1, 70_000],
        ]
    )
    func order(sizes: [Int]) {
        let (chunks, bytes) = Self.chunks(of: sizes)
        #expect(chunks.flatMap { Array($0.readableBytesView) } == bytes)
    }

    @Test("fills a TLS record with each frame, whatever the sizes of the payloads")
    func fills() {
        #expect(Self.chunks(of: Array(repeating: 1_000, count: 20)).chunks.map(\.readableBytes) == [16_343, 3_657])
        #expect(Self.chunks(of: [16_384, 16_384]).chunks.map(\.readableBytes) == [16_343, 16_343, 82])
    }

    @Test("joins a chunk to the one before it as long as one can hold both")
    func merges() {
        var last = Self.chunks(of: [10_000]).chunks[0]
        var next = ByteBuffer(repeating: 1, count: 6_000)
        #expect(TunnelChunk.merge(&last, &next, partly: false) == 6_000)
        next = ByteBuffer(repeating: 1, count: 344)
        #expect(TunnelChunk.merge(&last, &next, partly: false) == 0)
        #expect(last.readableBytes == 16_000)
    }

    @Test("fills a chunk with part of the next when both will wait")
    func fillsUp() {
        let (chunks, bytes) = Self.chunks(of: [10_000])
        var last = chunks[0]
        var next = Self.chunks(of: [10_000]).chunks[0]
        #expect(TunnelChunk.merge(&last, &next, partly: true) == 6_343)
        #expect(Array(last.readableBytesView) == bytes + bytes[..<6_343])
        #expect(Array(next.readableBytesView) == Array(bytes[6_343...]))
        TunnelChunk.frame(&next, stream: 1)
        #expect(next.readableBytes == 9 + 3_657)
    }

    @Test("puts a frame's header before the payload, also before the rest of a chunk that was sent in parts")
    func frames() {
        let (chunks, bytes) = Self.chunks(of: [300])
        var first = chunks[0]
        first.moveWriterIndex(to: first.readerIndex + 100)
        var rest = chunks[0]
        rest.moveReaderIndex(forwardBy: 100)
        TunnelChunk.frame(&first, stream: 0x0102_0305)
        TunnelChunk.frame(&rest, stream: 7)
        #expect(Array(first.readableBytesView) == [0, 0, 100, 0, 0, 1, 2, 3, 5] + bytes[..<100])
        #expect(Array(rest.readableBytesView) == [0, 0, 200, 0, 0, 0, 0, 0, 7] + bytes[100...])
    }
}
