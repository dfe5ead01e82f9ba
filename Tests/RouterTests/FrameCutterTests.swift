import NIOCore
import NIOEmbedded
import Testing
import Transport

@testable import Router

@Suite("The frame cutter")
struct FrameCutterTests {
    /// How many calls are begun in each turn of the event loop.
    private final class Turns: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        var calls = [0]

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            calls[calls.count - 1] += unwrapInboundIn(data).readableBytes / FrameBorders.headerLength
        }

        func channelReadComplete(context: ChannelHandlerContext) {
            calls.append(0)
        }
    }

    private func turns(isProven: Bool) throws -> [Int] {
        let cutter = FrameCutter(
            limits: RouterConfiguration.defaults.frameLimits,
            headerTimeout: .seconds(1),
            lane: DataLane(streamWindow: 65_535, connectionWindow: 65_535)
        )
        if isProven { cutter.prove() }
        let turns = Turns()
        let channel = EmbeddedChannel(handlers: [cutter, turns])
        try channel.writeInbound(ByteBuffer(bytes: RawPeer.greeting))
        turns.calls = [0]
        let calls = (0..<20).flatMap { RawPeer.frame(type: 1, flags: 4, stream: UInt32($0 * 2 + 1)) }
        try channel.writeInbound(ByteBuffer(bytes: calls))
        channel.embeddedEventLoop.run()
        _ = try channel.finish()
        return turns.calls.filter { $0 > 0 }
    }

    @Test("begins few calls of a hundred in a turn of the event loop, and fewer before one has shown a good token")
    func pace() throws {
        let unproven = try turns(isProven: false)
        #expect(unproven == Array(repeating: 2, count: 10))
        let proven = try turns(isProven: true)
        #expect(proven == [8, 8, 4])
    }
}
