package import Authentication
package import Foundation
package import Logging
package import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import RouterCore
internal import ServiceLifecycle
internal import Synchronization
package import Transport

/// A router: accepts the two calls of a tunnel and splices them together.
///
/// It knows its configuration, its certificate and the secret that signs router tokens, and nothing else; any number
/// of them run side by side.
package final class RouterServer: Service, RouterLoadReporting {
    /// How long connections may take to close once all tunnels have ended.
    private static let closingTime = Duration.seconds(2)

    private let configuration: RouterConfiguration
    private let hub: RouterHub
    private let registry: ConnectionRegistry
    private let initializer: ConnectionInitializer
    private let group: any EventLoopGroup
    private let acceptance: NIOLoopBoundBox<ConnectionAcceptor.Shared>
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let listeners = Mutex<[any Channel]>([])

    /// - Parameters:
    ///   - configuration: where to listen and what to take on.
    ///   - identity: the certificate shown to clients; its names must hold the host of the endpoint they are given.
    ///   - authority: verifies the tokens that the controller signs.
    ///   - logger: gets one line at the start and at the end of each tunnel, and one for each refusal.
    ///   - group: the event loops to run on.
    ///   - clock: for the drain time-out.
    ///   - now: the time that tokens are checked against.
    /// - Throws: ``TransportError`` if the certificate cannot be used.
    package init(
        configuration: RouterConfiguration = .defaults,
        identity: ServerIdentity,
        authority: RouterTokenAuthority,
        logger: Logger,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Date
    ) throws {
        self.configuration = configuration
        self.logger = logger
        self.group = group
        self.clock = clock
        hub = RouterHub(configuration: configuration, authority: authority, logger: logger, now: now)
        registry = ConnectionRegistry(limit: configuration.maximumConnections)
        let sources = SourceGuard(limits: configuration.sourceLimits, metrics: hub.metrics, logger: logger)
        let timeouts = LoopTimeouts(group: group)
        acceptance = .makeBoxSendingValue(
            ConnectionAcceptor.Shared(group: group, sources: sources, timeouts: timeouts),
            eventLoop: group.next()
        )
        initializer = ConnectionInitializer(
            hub: hub,
            registry: registry,
            sources: sources,
            timeouts: timeouts,
            tls: CurrentTLS(try Self.tls(for: identity))
        )
    }

    /// What the router is doing now.
    package var load: RouterLoad { hub.load(connections: registry.count) }

    /// The tunnels that run now; one lock for each of them.
    package var tunnels: [TunnelSnapshot] { hub.tunnels }

    /// Ends every tunnel of a lease at once, and the calls that wait for one: both sides get FAILED_PRECONDITION, or
    /// are reset a second later if they do not take it. What is still queued for them is dropped. A lease
    /// with a uid is remembered: calls that come later with a token of it are refused.
    ///
    /// Tunnels whose tokens do not name their lease are not found.
    ///
    /// - Returns: how many tunnels and waiting calls were ended; with a grace, only the waiting calls.
    @discardableResult
    package func cut(_ order: LeaseCut) -> Int {
        guard order.grace > .zero, hub.hasTunnels(of: order) else { return hub.cut(order) }
        let hub = hub
        group.any().scheduleTask(in: TimeAmount(order.grace)) { _ = hub.cut(order) }
        return hub.close(order)
    }

    /// Whose tunnels run now; one lock for each of them.
    package var leases: Set<TunnelLease> { hub.leases }

    /// Ends when the router begins to drain.
    package func drainBegins() -> AsyncStream<Void> { hub.drainBegins() }

    /// How many streams it takes on.
    package var capacity: Int { configuration.maximumStreams }

    /// Shows another certificate to clients that connect from now on, such as a renewed one.
    ///
    /// - Throws: ``TransportError`` if the certificate cannot be used; the former one stays in use then.
    package func use(_ identity: ServerIdentity) throws(TransportError) {
        initializer.tls.context = try Self.tls(for: identity)
    }

    /// Binds the listening sockets; from then on calls are served. Does nothing if that has been done already.
    ///
    /// - Returns: the first bound address, with the port that was chosen if the configuration asks for port 0.
    /// - Throws: the error of the operating system if an address cannot be bound.
    @discardableResult
    package func start() async throws -> SocketAddress {
        if let address = listeners.withLock({ $0.first?.localAddress }) { return address }
        var first: SocketAddress?
        for host in configuration.hosts {
            // Every further address gets the port of the first.
            let channel = try await bootstrap(on: acceptance.eventLoop).bind(
                host: host,
                port: first?.port ?? configuration.port
            ).get()
            listeners.withLock { $0.append(channel) }
            guard let address = channel.localAddress else { throw ChannelError.unknownLocalAddress }
            logger.info("Router listening", metadata: ["address": "\(address)"])
            first = first ?? address
        }
        guard let first else { throw ChannelError.unknownLocalAddress }
        return first
    }

    /// Serves until the service group shuts down gracefully, then drains; ends at once when the task is cancelled.
    package func run() async throws {
        try await start()
        do {
            try await gracefulShutdown()
            await drain()
        } catch is CancellationError {
            logger.info("Router stops at once")
        }
        await stop()
    }

    /// Refuses new streams from now on and returns when the running tunnels have ended, or have been cut off because
    /// the drain time-out has passed.
    package func drain() async {
        logger.info("Router drains", metadata: ["pairs": "\(load.pairs)", "waiting": "\(load.waitingStreams)"])
        hub.drain()
        registry.quiesce()
        await limited(to: configuration.drainTimeout) { await self.hub.waitUntilIdle() }
        hub.abortAll(.drainTimedOut)
        registry.quiesce()
        await limited(to: Self.closingTime) { await self.registry.waitUntilEmpty() }
    }

    /// Closes the listening sockets and all connections.
    package func stop() async {
        let channels = listeners.withLock { channels in
            defer { channels = [] }
            return channels
        }
        for channel in channels {
            do {
                try await channel.close()
            } catch {
                logger.debug("Closing a listener failed", metadata: ["error": "\(error)"])
            }
        }
        registry.closeAll()
    }

    private static func tls(for identity: ServerIdentity) throws(TransportError) -> NIOSSLContext {
        try identity.sslContext(applicationProtocols: ["h2"])
    }

    private func bootstrap(on loop: any EventLoop) -> ServerBootstrap {
        let initializer = initializer
        return ServerBootstrap(group: loop, childGroup: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Accepted connections inherit it.
            .serverChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // The acceptor has its say before each connection.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .serverChannelInitializer { [acceptance] channel in
                channel.eventLoop.makeCompletedFuture {
                    let acceptor = ConnectionAcceptor(shared: acceptance.value)
                    try channel.pipeline.syncOperations.addHandler(acceptor)
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initializer.initialize(channel) }
            }
    }

    /// Runs `body` and cancels it when `limit` has passed.
    private func limited(to limit: Duration, _ body: @escaping @Sendable () async -> Void) async {
        let clock = clock
        await withTaskGroup { group in
            group.addTask { await body() }
            // A cancelled sleep ends the wait like one that has run out.
            group.addTask { try? await clock.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
