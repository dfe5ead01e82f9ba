internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import NIOSSL
internal import RouterCore
internal import Transport

/// Sets up the pipelines of connections and streams.
///
///     socket - TLS - HandshakeMonitor, WriteCoalescer, FrameCutter - ALPNGate - HTTP/2 - ConnectionSupervisor
///                                                          \- DataLane            \- TunnelHandler for each stream
struct ConnectionInitializer: Sendable {
    let hub: RouterHub
    let registry: ConnectionRegistry
    let tls: CurrentTLS

    /// Called on the event loop of a new connection.
    func initialize(_ channel: any Channel) throws {
        let admission = registry.admit(channel)
        if admission == .close {
            hub.metrics.recordRefusal(.tooManyConnections)
            return channel.close(promise: nil)
        }
        let metrics = hub.metrics
        let cutter = FrameCutter(
            limits: hub.configuration.frameLimits,
            headerTimeout: TimeAmount(hub.configuration.headerTimeout),
            lane: DataLane(
                streamWindow: hub.configuration.windowSize,
                connectionWindow: hub.configuration.connectionWindowSize
            )
        )
        let bound = NIOLoopBound(cutter, eventLoop: channel.eventLoop)
        let gate = ALPNGate(timeout: TimeAmount(hub.configuration.handshakeTimeout)) { negotiated, channel in
            channel.eventLoop.makeCompletedFuture {
                guard negotiated == .negotiated("h2") || negotiated == .unnegotiated else {
                    metrics.recordHandshakeFailure(.applicationProtocol)
                    throw ChannelError.inappropriateOperationForState
                }
                let overLimit: RouterCore.Refusal? = admission == .refuseStreams ? .tooManyConnections : nil
                try configureHTTP2(channel, cutter: bound.value, overLimit: overLimit)
            }
        }
        try channel.pipeline.syncOperations.addHandlers([
            NIOSSLServerHandler(context: tls.context),
            HandshakeMonitor(
                metrics: hub.metrics,
                logger: hub.logger,
                timeout: TimeAmount(hub.configuration.handshakeTimeout)
            ),
            WriteCoalescer(),
            cutter, gate,
        ])
    }

    private func configureHTTP2(
        _ channel: any Channel,
        cutter: FrameCutter,
        overLimit: RouterCore.Refusal?
    ) throws {
        let configuration = hub.configuration
        let hub = hub
        let supervisor = ConnectionSupervisor(
            configuration: configuration,
            logger: hub.logger,
            metrics: hub.metrics,
            cutter: cutter,
            isOverLimit: overLimit != nil
        )
        let bound = NIOLoopBound((supervisor, cutter.lane), eventLoop: channel.eventLoop)
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server,
            connectionConfiguration: configuration.http2Connection,
            streamConfiguration: configuration.http2Stream
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try Self.configure(stream, connection: bound, hub: hub, overLimit: overLimit)
            }
        }
        try channel.pipeline.syncOperations.addHandler(supervisor)
    }

    private static func configure(
        _ stream: any Channel,
        connection: NIOLoopBound<(ConnectionSupervisor, DataLane)>,
        hub: RouterHub,
        overLimit: RouterCore.Refusal?
    ) throws {
        let (supervisor, lane) = connection.value
        supervisor.streamOpened()
        stream.closeFuture.whenComplete { _ in connection.value.0.streamClosed() }
        let isOver = supervisor.streamCount > hub.configuration.maximumStreamsPerConnection
        let handler = TunnelHandler(
            hub: hub,
            connection: supervisor,
            lane: lane,
            overLimit: overLimit ?? (isOver ? .tooManyStreamsOnConnection : nil)
        )
        try stream.pipeline.syncOperations.addHandler(handler)
        guard let id = try stream.syncOptions?.getOption(HTTP2StreamChannelOptions.streamID) else { return }
        handler.stream = lane.open(UInt32(Int32(id)), handler)
    }
}
