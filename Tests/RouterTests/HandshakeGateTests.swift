import Logging
import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS
import Testing
import Transport

@testable import Router

@Suite("The gate of the handshake")
struct HandshakeGateTests {
    /// Stands for the handlers of HTTP/2.
    private final class Log: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var reads: [String] = []
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            reads.append(String(buffer: unwrapInboundIn(data)))
        }
    }

    /// What a handler behind the gate cannot be added for.
    private struct Failure: Error {}

    private let channel = EmbeddedChannel()
    private let log = Log()

    /// Puts the gate into the channel and connects that.
    private func connect(failing: Bool = false) throws {
        let (channel, log) = (channel, log)
        let gate = HandshakeGate(
            timeouts: Timeouts(eventLoop: channel.eventLoop),
            timeout: .seconds(10),
            metrics: RouterMetrics(),
            logger: Logger(label: "gate-tests", factory: { _ in SwiftLogNoOpLogHandler() })
        ) {
            if failing { throw Failure() }
            try channel.pipeline.syncOperations.addHandler(log)
        }
        try channel.pipeline.syncOperations.addHandler(gate)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func handshake(_ name: String?) {
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: name))
    }

    private var hasGate: Bool {
        (try? channel.pipeline.syncOperations.handler(type: HandshakeGate.self)) != nil
    }

    private var isOpen: Bool { (try? channel.pipeline.syncOperations.handler(type: Log.self)) != nil }

    @Test("gives its place to the handlers of HTTP/2 when the handshake is done")
    func negotiated() throws {
        try connect()
        #expect(!isOpen)
        handshake("h2")
        #expect(isOpen && !hasGate)
        try channel.writeInbound(ByteBuffer(string: "data"))
        #expect(log.reads == ["data"])
        _ = try channel.finish()
    }

    @Test("without ALPN configures nothing until the first bytes come, and loses none of them")
    func unnegotiated() throws {
        try connect()
        handshake(nil)
        #expect(!isOpen)
        try channel.writeInbound(ByteBuffer(string: "first"))
        try channel.writeInbound(ByteBuffer(string: "second"))
        #expect(log.reads == ["first", "second"])
        #expect(!hasGate)
        _ = try channel.finish()
    }

    @Test("closes a connection that speaks another protocol")
    func otherProtocol() throws {
        try connect()
        handshake("http/1.1")
        #expect(!channel.isActive && !isOpen)
    }

    @Test("closes a connection whose handshake fails, or whose handlers cannot be added")
    func failures() throws {
        try connect()
        channel.pipeline.fireErrorCaught(NIOSSLError.handshakeFailed(.sslError([])))
        #expect(!channel.isActive && !isOpen)

        let other = Self()
        try other.connect(failing: true)
        other.handshake("h2")
        #expect(!other.channel.isActive && !other.isOpen)
    }

    @Test("closes a connection whose handshake takes too long, and only such a one")
    func timeout() throws {
        try connect()
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)

        let quick = Self()
        try quick.connect()
        quick.handshake("h2")
        quick.channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(quick.channel.isActive)
        _ = try quick.channel.finish()
    }

    @Test("closes a connection without ALPN that does not begin to send in time")
    func silence() throws {
        try connect()
        handshake(nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        #expect(!channel.isActive && !isOpen)
    }
}
