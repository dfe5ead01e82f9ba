import NIOCore
import NIOEmbedded
import NIOTLS
import Testing
import Transport

@Suite("The ALPN gate")
struct ALPNGateTests {
    private final class Log: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var events: [String] = []
        func channelActive(context: ChannelHandlerContext) { events.append("active") }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            events.append(String(buffer: unwrapInboundIn(data)))
        }
    }

    /// A channel with the gate, connected; the log handler is added by the gate's configuration.
    private func connect() throws -> (EmbeddedChannel, Log, NIOLoopBoundBox<[NegotiatedProtocol]>) {
        let channel = EmbeddedChannel()
        let log = NIOLoopBound(Log(), eventLoop: channel.eventLoop)
        let seen = NIOLoopBoundBox<[NegotiatedProtocol]>([], eventLoop: channel.eventLoop)
        let gate = ALPNGate(timeouts: Timeouts(eventLoop: channel.eventLoop), timeout: .seconds(10)) {
            negotiated,
            channel in
            seen.value.append(negotiated)
            return channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(log.value)
            }
        }
        try channel.pipeline.syncOperations.addHandler(gate)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return (channel, log.value, seen)
    }

    @Test("shows the connection from its start to what is configured for the protocol")
    func negotiated() throws {
        let (channel, log, seen) = try connect()
        #expect(seen.value == [])
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: "h2"))
        #expect(seen.value == [.negotiated("h2")])
        try channel.writeInbound(ByteBuffer(string: "data"))
        #expect(log.events == ["active", "data"])
        _ = try channel.finish()
    }

    @Test("without ALPN configures nothing until the first bytes come, and loses none of them")
    func unnegotiated() throws {
        let (channel, log, seen) = try connect()
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        #expect(seen.value == [])
        try channel.writeInbound(ByteBuffer(string: "first"))
        try channel.writeInbound(ByteBuffer(string: "second"))
        #expect(seen.value == [.unnegotiated])
        #expect(log.events == ["active", "first", "second"])
        _ = try channel.finish()
    }

    @Test("closes a connection whose handshake takes too long, and only such a one")
    func timeout() throws {
        let (slow, _, _) = try connect()
        slow.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(slow.isActive)
        slow.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!slow.isActive)

        let (quick, _, _) = try connect()
        quick.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: "h2"))
        quick.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(quick.isActive)
        _ = try quick.finish()
    }
}
