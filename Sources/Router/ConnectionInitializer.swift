internal import Logging
internal import NIOCore
internal import NIOSSL
internal import RouterCore
internal import Transport

/// Sets up the pipelines of connections.
///
///     socket - TLS - HandshakeGate
///
/// and once its handshake is done
///
///     socket - TLS - FrameCutter - HTTP2Connection - TunnelHandler for each stream
///                      \- DataLane      \- ConnectionSupervisor
struct ConnectionInitializer: Sendable {
    /// The most that is read from a connection before others have their turn.
    private static let readSize = 32_768

    let hub: RouterHub
    let registry: ConnectionRegistry
    let sources: SourceGuard
    let timeouts: LoopTimeouts
    let tls: CurrentTLS

    /// Called on the event loop of a new connection.
    func initialize(_ channel: any Channel) throws {
        let admission = registry.admit(channel)
        if admission == .close {
            hub.metrics.recordRefusal(.tooManyConnections)
            return channel.close(promise: nil)
        }
        try setOptions(channel)
        let overLimit: RouterCore.Refusal? = admission == .refuseStreams ? .tooManyConnections : nil
        let gate = HandshakeGate(
            timeouts: timeouts[channel.eventLoop],
            timeout: TimeAmount(hub.configuration.handshakeTimeout),
            metrics: hub.metrics,
            logger: hub.logger
        ) {
            try configureHTTP2(channel, overLimit: overLimit)
        }
        try channel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: tls.context), gate])
    }

    /// At once, which as options of the bootstrap they would not be: those are futures, one after the other.
    private func setOptions(_ channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        let limit = hub.configuration.outboundLimit
        // What TLS decrypts into grows to what one turn reads, and stays as large.
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1_024, initial: 2_048, maximum: Self.readSize)
        try options.setOption(.recvAllocator, value: allocator)
        try options.setOption(.maxMessagesPerRead, value: 1)
        try options.setOption(.writeBufferWaterMark, value: .init(low: limit / 2, high: limit))
    }

    private func configureHTTP2(_ channel: any Channel, overLimit: RouterCore.Refusal?) throws {
        let hub = hub
        let lane = DataLane(
            streamWindow: hub.configuration.windowSize,
            connectionWindow: hub.configuration.connectionWindowSize
        )
        let cutter = FrameCutter(
            limits: hub.configuration.frameLimits,
            headerTimeout: TimeAmount(hub.configuration.headerTimeout),
            lane: lane
        )
        let supervisor = ConnectionSupervisor(
            configuration: hub.configuration,
            logger: hub.logger,
            metrics: hub.metrics,
            sources: sources,
            timeouts: timeouts[channel.eventLoop],
            cutter: cutter,
            isOverLimit: overLimit != nil
        )
        let connection = HTTP2Connection(
            channel: channel,
            configuration: hub.configuration,
            lane: lane,
            delegate: supervisor
        ) { connection in
            let isOver = connection.lane.streamCount >= hub.configuration.maximumStreamsPerConnection
            return TunnelHandler(
                hub: hub,
                connection: connection,
                supervisor: supervisor,
                overLimit: overLimit ?? (isOver ? .tooManyStreamsOnConnection : nil)
            )
        }
        try channel.pipeline.syncOperations.addHandlers([cutter, connection])
    }
}
