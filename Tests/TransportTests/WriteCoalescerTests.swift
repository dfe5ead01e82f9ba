import NIOCore
import NIOEmbedded
import Testing
import Transport

@Suite("The write coalescer")
struct WriteCoalescerTests {
    private func write(_ sizes: [Int], into channel: EmbeddedChannel) {
        var next: UInt8 = 0
        for size in sizes {
            var buffer = channel.allocator.buffer(capacity: size)
            for _ in 0..<size {
                buffer.writeInteger(next)
                next &+= 1
            }
            channel.write(buffer, promise: nil)
        }
    }

    private func written(by channel: EmbeddedChannel) throws -> [ByteBuffer] {
        var buffers: [ByteBuffer] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { buffers.append(buffer) }
        return buffers
    }

    @Test("joins small writes and emits them on flush")
    func joins() throws {
        let channel = EmbeddedChannel(handler: WriteCoalescer())
        write([9, 100, 9, 1], into: channel)
        channel.flush()
        let buffers = try written(by: channel)
        #expect(buffers.map(\.readableBytes) == [119])
        #expect(buffers.first.map { Array($0.readableBytesView) } == Array(0..<119))
        _ = try channel.finish()
    }

    @Test("never emits more than a TLS record at once, and changes no byte")
    func splits() throws {
        let channel = EmbeddedChannel(handler: WriteCoalescer())
        write([9, 16_384, 9, 40_000], into: channel)
        channel.flush()
        let buffers = try written(by: channel)
        #expect(buffers.map(\.readableBytes) == [16_352, 16_352, 16_352, 7_346])
        let bytes = buffers.flatMap { Array($0.readableBytesView) }
        #expect(bytes == (0..<56_402).map { UInt8(truncatingIfNeeded: $0) })
        _ = try channel.finish()
    }

    @Test("fulfils every promise once its bytes are written, not before")
    func promises() throws {
        let channel = EmbeddedChannel(handler: WriteCoalescer())
        let futures = (0..<3).map { _ in
            let promise = channel.eventLoop.makePromise(of: Void.self)
            channel.write(ByteBuffer(string: "x"), promise: promise)
            return promise.futureResult
        }
        let count = futures.map { future in
            let box = NIOLoopBoundBox(false, eventLoop: channel.eventLoop)
            future.whenSuccess { box.value = true }
            return box
        }
        #expect(count.allSatisfy { !$0.value })
        channel.flush()
        #expect(count.allSatisfy { $0.value })
        _ = try channel.finish()
    }

    @Test("fulfils the promise of an empty write")
    func emptyWrite() throws {
        let channel = EmbeddedChannel(handler: WriteCoalescer())
        try channel.writeAndFlush(ByteBuffer()).wait()
        _ = try channel.finish()
    }
}
