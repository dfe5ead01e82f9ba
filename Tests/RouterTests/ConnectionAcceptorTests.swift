import NIOCore
import NIOEmbedded
import NIOPosix
import Synchronization
import Testing

@testable import Router

@Suite("Accepting connections")
struct ConnectionAcceptorTests {
    /// Counts the reads that reach a listening socket.
    private final class Reads: ChannelOutboundHandler {
        typealias OutboundIn = Never

        private(set) var count = 0

        func read(context: ChannelHandlerContext) {
            count += 1
        }
    }

    /// A listening socket that accepts what the test gives it.
    private struct Listener {
        let channel: EmbeddedChannel
        private let reads: Reads

        init() throws {
            reads = Reads()
            channel = EmbeddedChannel()
            let shared = ConnectionAcceptor.Shared(group: channel.embeddedEventLoop)
            try channel.pipeline.syncOperations.addHandlers([reads, ConnectionAcceptor(shared: shared)])
        }

        /// Asks for a connection and delivers it if it may come.
        ///
        /// - Returns: the connection, nil if there was no place for it.
        func accept() throws -> EmbeddedChannel? {
            let before = reads.count
            channel.pipeline.read()
            if reads.count == before { return nil }
            let connection = EmbeddedChannel()
            channel.pipeline.fireChannelRead(connection)
            return connection
        }

        var accepted: Int { reads.count }

        func handshakeEnded(_ connection: EmbeddedChannel) {
            let event = ConnectionAcceptor.HandshakeEnded(connection: ObjectIdentifier(connection))
            channel.pipeline.fireUserInboundEventTriggered(event)
        }
    }

    @Test("stops while many shake hands, and goes on when one has done")
    func pace() throws {
        let listener = try Listener()
        var connections: [EmbeddedChannel] = []
        while let connection = try listener.accept() { connections.append(connection) }
        #expect(connections.count == 6)
        let accepted = listener.accepted
        listener.handshakeEnded(connections[3])
        #expect(listener.accepted == accepted + 1)
    }

    @Test("goes on after a moment when nobody has done")
    func patience() throws {
        let listener = try Listener()
        while try listener.accept() != nil {}
        let accepted = listener.accepted
        listener.channel.embeddedEventLoop.advanceTime(by: .milliseconds(9))
        #expect(listener.accepted == accepted)
        listener.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(listener.accepted == accepted + 1)
    }

    @Test("puts two that come after each other on one event loop", .timeLimit(.minutes(1)))
    func couples() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let (loops, continuation) = AsyncStream.makeStream(of: ObjectIdentifier.self)
        let shared = NIOLoopBoundBox.makeBoxSendingValue(
            ConnectionAcceptor.Shared(group: group),
            eventLoop: group.next()
        )
        let server = try await ServerBootstrap(group: shared.eventLoop, childGroup: group)
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ConnectionAcceptor(shared: shared.value))
                }
            }
            .childChannelInitializer { channel in
                continuation.yield(ObjectIdentifier(channel.eventLoop))
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        var seen: [ObjectIdentifier] = []
        var iterator = loops.makeAsyncIterator()
        let client = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        for _ in 0..<6 {
            _ = try await client.connect(host: "127.0.0.1", port: server.localAddress?.port ?? 0).get()
            if let loop = await iterator.next() { seen.append(loop) }
        }
        #expect(seen.count == 6)
        #expect(Set(seen).count == 3)
        for couple in stride(from: 0, to: seen.count, by: 2) { #expect(seen[couple] == seen[couple + 1]) }
        try await server.close()
        try await group.shutdownGracefully()
    }
}
