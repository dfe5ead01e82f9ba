internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import RouterCore

/// Watches over one HTTP/2 connection: pings a silent peer, closes a connection without streams after a while, and
/// says GOAWAY when the router drains. Sits behind the HTTP/2 handler, on the frames of the connection itself.
final class ConnectionSupervisor: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let configuration: RouterConfiguration
    private let logger: Logger
    private let metrics: RouterMetrics
    private let cutter: FrameCutter
    private var ownGoAways = 0
    private var context: ChannelHandlerContext?
    private var keepalive = KeepaliveStateMachine()
    private var keepaliveTimer: Scheduled<Void>?
    private var idleTimer: Scheduled<Void>?
    private var startTimer: Scheduled<Void>?
    private var refusals: RateBudget
    private var isQuiescing = false
    private var isEnding = false
    /// Whether the connection exists only to be told that there are too many.
    private let isOverLimit: Bool

    /// Open streams of this connection.
    private(set) var streamCount = 0

    init(
        configuration: RouterConfiguration,
        logger: Logger,
        metrics: RouterMetrics,
        cutter: FrameCutter,
        isOverLimit: Bool
    ) {
        self.cutter = cutter
        self.metrics = metrics
        refusals = RateBudget(limit: configuration.maximumRefusals)
        self.isOverLimit = isOverLimit
        self.configuration = configuration
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        scheduleKeepalive(in: configuration.keepaliveInterval, context: context)
        startIdleTimer()
        awaitStart(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        cancelTimers()
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancelTimers()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // A frame of the connection itself; the first one is the client's SETTINGS.
        startTimer?.cancel()
        startTimer = nil
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Fired for every read of the connection, also when all frames of it went to streams.
        keepalive.heard()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { cutter.lane.unblock() }
        // The peer's system has acknowledged data: on a slow link a ping may be queued behind much of it.
        keepalive.heard()
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { quiesce() }
        if let event = event as? ConnectionFaultEvent { end(event.fault) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is any NIOHTTP2Error, cutter.goAways == ownGoAways {
            // An error of one stream, which has been reset for it; the others go on.
            return logger.debug("Stream error", metadata: ["peer": "\(peer)", "error": "\(error)"])
        }
        // HTTP/2 has said GOAWAY already, with the code that fits.
        if let fault = ConnectionFault(error), !isEnding {
            isEnding = true
            record(fault, detail: "\(type(of: error))")
        } else {
            // Clients that go without a TLS close are the normal case, so this is no more than a debug line.
            logger.debug("Connection error", metadata: ["peer": "\(peer)", "error": "\(error)"])
        }
        context.close(promise: nil)
    }

    /// A call on this connection was refused for what it is, not because of the moment.
    func callRefused() {
        guard let context, !refusals.spend(now: Int64(context.eventLoop.now.uptimeNanoseconds)) else { return }
        end(.refusals)
    }

    /// Ends the connection of a client that does what none should: says why by GOAWAY, then closes.
    func end(_ fault: ConnectionFault) {
        guard let context, !isEnding else { return }
        isEnding = true
        record(fault)
        let goAway = HTTP2Frame(
            streamID: .rootStream,
            payload: .goAway(lastStreamID: .maxID, errorCode: fault.code, opaqueData: nil)
        )
        ownGoAways += 1
        context.writeAndFlush(wrapOutboundOut(goAway), promise: nil)
        closeSoon()
    }

    private func record(_ fault: ConnectionFault, detail: String? = nil) {
        metrics.recordEnd(fault)
        var metadata: Logger.Metadata = ["peer": "\(peer)", "reason": "\(fault.rawValue)", "streams": "\(streamCount)"]
        if let detail { metadata["error"] = "\(detail)" }
        logger.info("Connection ended", metadata: metadata)
    }

    private var peer: String { context?.channel.remoteAddress?.description ?? "unknown" }

    private func cancelTimers() {
        for timer in [keepaliveTimer, idleTimer, startTimer] { timer?.cancel() }
    }

    /// Whoever has finished the TLS handshake has to begin HTTP/2 in the same time again.
    private func awaitStart(_ context: ChannelHandlerContext) {
        let supervisor = NIOLoopBound(self, eventLoop: context.eventLoop)
        startTimer = context.eventLoop.scheduleTask(in: TimeAmount(configuration.handshakeTimeout)) {
            supervisor.value.end(.slowStart)
        }
    }

    /// A stream of this connection has been opened.
    func streamOpened() {
        streamCount += 1
        idleTimer?.cancel()
        idleTimer = nil
    }

    /// A stream of this connection has been closed.
    func streamClosed() {
        streamCount -= 1
        if streamCount > 0 { return }
        if isQuiescing {
            closeSoon()
        } else if isOverLimit {
            quiesce()
        } else {
            startIdleTimer()
        }
    }

    /// Tells the client to open no more streams here, and closes the connection once it has none.
    ///
    /// The GOAWAY names no last stream: one that is on its way still gets its own answer.
    func quiesce() {
        guard let context, context.channel.isActive else { return }
        if !isQuiescing {
            isQuiescing = true
            let goAway = HTTP2Frame(
                streamID: .rootStream,
                payload: .goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil)
            )
            ownGoAways += 1
            context.writeAndFlush(wrapOutboundOut(goAway), promise: nil)
        }
        if streamCount == 0 { closeSoon() }
    }

    /// Closes on the next turn of the loop: the last stream's final frame is written but may not be flushed yet.
    private func closeSoon() {
        guard let context else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.close(promise: nil) }
    }

    private func startIdleTimer() {
        guard let context else { return }
        let supervisor = NIOLoopBound(self, eventLoop: context.eventLoop)
        idleTimer = context.eventLoop.scheduleTask(in: TimeAmount(configuration.idleTimeout)) {
            supervisor.value.quiesce()
        }
    }

    private func scheduleKeepalive(in duration: Duration, context: ChannelHandlerContext) {
        let supervisor = NIOLoopBound(self, eventLoop: context.eventLoop)
        keepaliveTimer = context.eventLoop.scheduleTask(in: TimeAmount(duration)) {
            supervisor.value.keepaliveTick()
        }
    }

    private func keepaliveTick() {
        guard let context, context.channel.isActive else { return }
        switch keepalive.tick() {
        case .waitInterval:
            scheduleKeepalive(in: configuration.keepaliveInterval, context: context)
        case .pingAndWaitTimeout:
            let ping = HTTP2Frame(streamID: .rootStream, payload: .ping(HTTP2PingData(withInteger: 0), ack: false))
            context.writeAndFlush(wrapOutboundOut(ping), promise: nil)
            scheduleKeepalive(in: configuration.keepaliveTimeout, context: context)
        case .close:
            // Its GOAWAY would wait for the peer as well.
            isEnding = true
            record(.silent)
            context.close(promise: nil)
        }
    }
}
