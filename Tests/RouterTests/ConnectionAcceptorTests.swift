import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import RouterCore
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

    /// Keeps the connections that are to be served.
    private final class Served: ChannelInboundHandler {
        typealias InboundIn = any Channel

        private(set) var connections: [any Channel] = []

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            connections.append(unwrapInboundIn(data))
        }
    }

    private static func sources(_ connections: Int) -> SourceGuard {
        SourceGuard(
            limits: .init(connections: connections, perSecond: 10),
            metrics: RouterMetrics(),
            logger: Logger(label: "acceptor-tests", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }

    /// A listening socket that accepts what the test gives it.
    private struct Listener {
        let channel: EmbeddedChannel
        private let reads: Reads
        let served: Served

        /// - Parameter connections: what a full budget of an address holds.
        init(connections: Int = 1_000) throws {
            reads = Reads()
            channel = EmbeddedChannel()
            let shared = ConnectionAcceptor.Shared(
                group: channel.embeddedEventLoop,
                sources: ConnectionAcceptorTests.sources(connections),
                timeouts: LoopTimeouts(group: channel.embeddedEventLoop)
            )
            served = Served()
            try channel.pipeline.syncOperations.addHandlers([reads, ConnectionAcceptor(shared: shared), served])
        }

        /// Asks for a connection and delivers it if it may come.
        ///
        /// - Returns: the connection, nil if there was no place for it.
        func accept() throws -> EmbeddedChannel? {
            let before = reads.count
            channel.pipeline.read()
            if reads.count == before { return nil }
            return try deliver(from: "192.0.2.1")
        }

        @discardableResult
        func deliver(from address: String) throws -> EmbeddedChannel {
            let connection = EmbeddedChannel(loop: channel.embeddedEventLoop)
            let peer = try SocketAddress(ipAddress: address, port: 40_000)
            try connection.connect(to: peer).wait()
            connection.remoteAddress = peer
            channel.pipeline.fireChannelRead(connection)
            return connection
        }

        var accepted: Int { reads.count }

        func settled(_ connection: EmbeddedChannel) {
            let event = ConnectionAcceptor.Settled(connection: ObjectIdentifier(connection))
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
        listener.settled(connections[3])
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

    @Test("lets those of an address wait that has used up its budget, and no others")
    func sources() throws {
        let listener = try Listener(connections: 1)
        try listener.deliver(from: "192.0.2.1")
        try listener.deliver(from: "192.0.2.1")
        #expect(listener.served.connections.count == 1)
        try listener.deliver(from: "192.0.2.2")
        #expect(listener.served.connections.count == 2)
        listener.channel.embeddedEventLoop.advanceTime(by: .milliseconds(99))
        #expect(listener.served.connections.count == 2)
        listener.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(listener.served.connections.count == 3)
    }

    @Test(
        "knows an address in every form",
        arguments: [("192.0.2.7", "::ffff:192.0.2.7"), ("2001:db8::1", "2001:db8::2")]
    )
    func forms(one: String, other: String) throws {
        let sources = try [one, other].map { SourceBudgets.Source(try SocketAddress(ipAddress: $0, port: 1)) }
        #expect(sources[0] != nil)
        #expect(sources[0] == sources[1])
        #expect(sources[0] != SourceBudgets.Source(try SocketAddress(ipAddress: "192.0.2.8", port: 1)))
    }

    @Test("accepts no more of those that it refuses than of those that are slow")
    func paceOfRefused() throws {
        let listener = try Listener(connections: 1)
        // Those that are served or wait, until the next would have to wait too long.
        for _ in 0..<21 { try listener.deliver(from: "192.0.2.1") }
        listener.channel.embeddedEventLoop.advanceTime(by: .milliseconds(50))
        var refused: [EmbeddedChannel] = []
        while let connection = try listener.accept() { refused.append(connection) }
        #expect(refused.count == 6)
        let accepted = listener.accepted
        listener.channel.embeddedEventLoop.advanceTime(by: .milliseconds(10))
        #expect(listener.accepted == accepted + 1)
        listener.channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(refused.allSatisfy { !$0.isActive })
        #expect(listener.served.connections.allSatisfy { served in refused.allSatisfy { $0 !== served } })
    }

    @Test("closes those that would have to wait too long, after that time, and those that wait when it stops")
    func refusedSources() throws {
        let listener = try Listener(connections: 1)
        let connections = try (0..<22).map { _ in try listener.deliver(from: "192.0.2.1") }
        let last = try #require(connections.last)
        listener.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1_999))
        #expect(last.isActive)
        #expect(listener.served.connections.count == 20)
        listener.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!last.isActive)
        #expect(listener.served.connections.count == 21)

        let other = try Listener(connections: 1)
        let waiting = try (0..<22).map { _ in try other.deliver(from: "192.0.2.1") }
        _ = try other.channel.finish()
        other.channel.embeddedEventLoop.run()
        #expect(waiting.filter { !$0.isActive }.count == 21)
        #expect(other.served.connections.count == 1)
    }

    @Test("closes those that it refuses at once when many wait, so that there is room for those that will be served")
    func manyRefused() throws {
        let listener = try Listener(connections: 1)
        let connections = try (0..<600).map { _ in try listener.deliver(from: "192.0.2.1") }
        listener.channel.embeddedEventLoop.run()
        // One is served, twenty wait to be, the rest of 512 for their end.
        #expect(connections.filter { !$0.isActive }.count == 600 - 1 - 512)
        try listener.deliver(from: "192.0.2.2")
        let late = try listener.deliver(from: "192.0.2.2")
        listener.channel.embeddedEventLoop.advanceTime(by: .milliseconds(100))
        #expect(listener.served.connections.contains { $0 === late })
        _ = try listener.channel.finish()
    }

    @Test("puts two that come after each other on one event loop", .timeLimit(.minutes(1)))
    func couples() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let (loops, continuation) = AsyncStream.makeStream(of: ObjectIdentifier.self)
        let shared = NIOLoopBoundBox.makeBoxSendingValue(
            ConnectionAcceptor.Shared(group: group, sources: Self.sources(1_000), timeouts: LoopTimeouts(group: group)),
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
