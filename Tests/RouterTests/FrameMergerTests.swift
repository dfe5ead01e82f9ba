import NIOCore
import Testing

@testable import Router

@Suite("Merging payloads into frames")
struct FrameMergerTests {
    private func frames(of sizes: [Int]) -> [ByteBuffer] {
        var noise = Noise(seed: 1)
        var merger = FrameMerger(allocator: ByteBufferAllocator())
        var frames: [ByteBuffer] = []
        for size in sizes {
            if let frame = merger.add(noise.bytes(size)) { frames.append(frame) }
            if let frame = merger.overflow.take() { frames.append(frame) }
        }
        if let frame = merger.finish() { frames.append(frame) }
        return frames
    }

    @Test(
        "changes no byte and no order",
        arguments: [
            [1], [100, 100], [16_384, 1], [1, 16_384, 1], [9_000, 9_000, 10], [8_000, 8_000, 8_000], [1, 70_000],
        ]
    )
    func order(sizes: [Int]) {
        var noise = Noise(seed: 1)
        let expected = sizes.flatMap { Array(noise.bytes($0).readableBytesView) }
        #expect(frames(of: sizes).flatMap { Array($0.readableBytesView) } == expected)
    }

    @Test("joins small payloads up to the size of a frame")
    func joins() {
        #expect(frames(of: Array(repeating: 1_000, count: 20)).map(\.readableBytes) == [16_000, 4_000])
    }

    @Test("passes large payloads as they are")
    func passes() {
        #expect(frames(of: [16_384, 16_384, 9_000]).map(\.readableBytes) == [16_384, 16_384, 9_000])
    }
}
