import NIOCore
import NIOEmbedded
import Testing

@testable import Router

@Suite("The write coalescer")
struct WriteCoalescerTests {
    /// Has a place in the pipeline, from which the coalescer writes.
    private final class Passing: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
    }

    private let channel: EmbeddedChannel
    private let context: ChannelHandlerContext
    private let coalescer = WriteCoalescer()

    init() throws {
        channel = EmbeddedChannel(handler: Passing())
        context = try channel.pipeline.syncOperations.context(handlerType: Passing.self)
    }

    private func write(_ sizes: [Int]) {
        var next: UInt8 = 0
        for size in sizes {
            var buffer = channel.allocator.buffer(capacity: size)
            for _ in 0..<size {
                buffer.writeInteger(next)
                next &+= 1
            }
            coalescer.write(buffer, promise: nil, to: context)
        }
    }

    private func written() throws -> [ByteBuffer] {
        var buffers: [ByteBuffer] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { buffers.append(buffer) }
        return buffers
    }

    private func flush() {
        coalescer.emit(to: context)
        context.flush()
    }

    @Test("joins small writes and emits them on flush")
    func joins() throws {
        write([9, 100, 9, 1])
        flush()
        let buffers = try written()
        #expect(buffers.map(\.readableBytes) == [119])
        #expect(buffers.first.map { Array($0.readableBytesView) } == Array(0..<119))
        _ = try channel.finish()
    }

    @Test("never emits more than a TLS record at once, and changes no byte")
    func splits() throws {
        write([9, 16_384, 9, 40_000])
        flush()
        let buffers = try written()
        #expect(buffers.map(\.readableBytes) == [16_352, 16_352, 16_352, 7_346])
        let bytes = buffers.flatMap { Array($0.readableBytesView) }
        #expect(bytes == (0..<56_402).map { UInt8(truncatingIfNeeded: $0) })
        _ = try channel.finish()
    }

    @Test("fulfils every promise once its bytes are written, not before")
    func promises() throws {
        let count = (0..<3).map { _ in
            let promise = channel.eventLoop.makePromise(of: Void.self)
            let box = NIOLoopBoundBox(false, eventLoop: channel.eventLoop)
            promise.futureResult.whenSuccess { box.value = true }
            coalescer.write(ByteBuffer(string: "x"), promise: promise, to: context)
            return box
        }
        #expect(count.allSatisfy { !$0.value })
        flush()
        #expect(count.allSatisfy { $0.value })
        _ = try channel.finish()
    }

    @Test("fulfils the promise of an empty write")
    func emptyWrite() throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        coalescer.write(ByteBuffer(), promise: promise, to: context)
        flush()
        try promise.futureResult.wait()
        _ = try channel.finish()
    }

    @Test("breaks the promises of what can no more be written")
    func failure() throws {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        coalescer.write(ByteBuffer(string: "x"), promise: promise, to: context)
        coalescer.fail()
        #expect(throws: ChannelError.ioOnClosedChannel) { try promise.futureResult.wait() }
        flush()
        #expect(try written().isEmpty)
        _ = try channel.finish()
    }
}
