internal import Logging
internal import NIOCore
internal import RouterCore
internal import Transport

/// Watches over one HTTP/2 connection: pings a silent peer, closes a connection without streams after a while, and
/// says GOAWAY when the router drains. Sits behind the ``HTTP2Connection``, which it tells what to say.
final class ConnectionSupervisor: ChannelInboundHandler, HTTP2ConnectionDelegate {
    typealias InboundIn = ByteBuffer

    private let configuration: RouterConfiguration
    private let logger: Logger
    private let metrics: RouterMetrics
    private let cutter: FrameCutter
    private let sources: SourceGuard
    /// Whether a call has shown a good token.
    private var isProven = false
    /// Says what there is to say; nil once it is out of the pipeline.
    private var connection: HTTP2Connection?
    private var context: ChannelHandlerContext?
    private var keepalive = KeepaliveStateMachine()
    /// Of the event loop of the connection.
    let timeouts: Timeouts
    private var keepaliveTimer: Timeouts.Timeout?
    private var idleTimer: Timeouts.Timeout?
    private var startTimer: Timeouts.Timeout?
    private var refusals: RateBudget
    /// Refused calls as long as none has shown a good token.
    private var unprovenRefusals = 0
    private var hasSettled = false
    private var isQuiescing = false
    private var isEnding = false
    /// Whether the connection exists only to be told that there are too many.
    private let isOverLimit: Bool

    private var lane: DataLane { cutter.lane }
    private var streamCount: Int { lane.streamCount }

    init(
        configuration: RouterConfiguration,
        logger: Logger,
        metrics: RouterMetrics,
        sources: SourceGuard,
        timeouts: Timeouts,
        cutter: FrameCutter,
        isOverLimit: Bool
    ) {
        self.timeouts = timeouts
        self.sources = sources
        self.cutter = cutter
        self.metrics = metrics
        refusals = RateBudget(limit: configuration.maximumRefusals)
        self.isOverLimit = isOverLimit
        self.configuration = configuration
        self.logger = logger
    }

    /// - Parameter connection: the handler in front of this one.
    func attach(_ connection: HTTP2Connection) {
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        scheduleKeepalive(in: configuration.keepaliveInterval)
        startIdleTimer()
        awaitStart()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        connection = nil
        cancelTimers()
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancelTimers()
        context.fireChannelInactive()
    }

    func began() {
        timeouts.cancel(startTimer)
        startTimer = nil
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Fired for every read of the connection, whatever was in it.
        keepalive.heard()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { lane.unblock() }
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
        // Clients that go without a TLS close are the normal case, so this is no more than a debug line.
        logger.debug("Connection error", metadata: ["peer": "\(peer)", "error": "\(error)"])
        context.close(promise: nil)
    }

    /// A call on this connection was refused for what it is, not because of the moment.
    func callRefused() {
        guard let context else { return }
        let now = context.eventLoop.now
        sources.refuse(context.remoteAddress, now: now)
        if !isProven { unprovenRefusals += 1 }
        let isWithinBudget = refusals.spend(now: Int64(now.uptimeNanoseconds))
        if !isWithinBudget || unprovenRefusals > configuration.maximumUnprovenRefusals { end(.refusals) }
    }

    /// A call on this connection has shown a good token.
    func tokenAccepted() {
        if isProven { return }
        isProven = true
        cutter.prove()
        sources.prove(context?.remoteAddress)
    }

    /// Ends the connection of a client that does what none should: says why by GOAWAY, then closes.
    func end(_ fault: ConnectionFault) {
        end(HTTP2Violation(fault), lastStream: UInt32(Int32.max))
    }

    func end(_ violation: HTTP2Violation, lastStream: UInt32) {
        guard let context, !isEnding else { return }
        isEnding = true
        // What still comes is not even decrypted, until the peer goes or has had its time to.
        context.channel.setOption(.autoRead, value: false).whenFailure { [logger] error in
            logger.debug("Reading could not be stopped", metadata: ["error": "\(error)"])
        }
        record(violation.fault, detail: violation.detail)
        connection?.sendGoAway(violation.code, lastStream: lastStream)
        closeSoon()
    }

    private func record(_ fault: ConnectionFault, detail: String = "") {
        metrics.recordEnd(fault)
        // Silence is the network's fault.
        if let context, fault != .silent { sources.fault(context.remoteAddress, now: context.eventLoop.now) }
        var metadata: Logger.Metadata = ["peer": "\(peer)", "reason": "\(fault.rawValue)", "streams": "\(streamCount)"]
        if !detail.isEmpty { metadata["error"] = "\(detail)" }
        logger.info("Connection ended", metadata: metadata)
    }

    private var peer: String { connection?.peer ?? "unknown" }

    private func cancelTimers() {
        timeouts.cancel(keepaliveTimer)
        timeouts.cancel(idleTimer)
        timeouts.cancel(startTimer)
        (keepaliveTimer, idleTimer, startTimer) = (nil, nil, nil)
    }

    /// Whoever has finished the TLS handshake has to begin HTTP/2 in the same time again.
    private func awaitStart() {
        startTimer = timeouts.start(in: TimeAmount(configuration.handshakeTimeout)) { self.end(.slowStart) }
    }

    func streamOpened() {
        if !hasSettled, let context {
            hasSettled = true
            ConnectionAcceptor.settled(context.channel)
        }
        timeouts.cancel(idleTimer)
        idleTimer = nil
    }

    func streamClosed() {
        if streamCount > 0 || isEnding { return }
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
            connection?.sendGoAway(.noError)
        }
        if streamCount == 0 { closeSoon() }
    }

    /// Closes on the next turn of the loop: the last stream's final frame is written but may not be flushed yet.
    private func closeSoon() {
        guard let context else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (supervisor, context) = bound.value
            // The peer may take its time; its partners need not wait for that.
            if supervisor.isEnding { supervisor.connection?.closeAll() }
            context.close(promise: nil)
        }
    }

    private func startIdleTimer() {
        if context == nil { return }
        let timeout =
            isProven
            ? configuration.idleTimeout : min(configuration.idleTimeout, configuration.unprovenIdleTimeout)
        idleTimer = timeouts.start(in: TimeAmount(timeout)) { self.quiesce() }
    }

    private func scheduleKeepalive(in duration: Duration) {
        keepaliveTimer = timeouts.start(in: TimeAmount(duration)) { self.keepaliveTick() }
    }

    private func keepaliveTick() {
        guard let context, context.channel.isActive else { return }
        switch keepalive.tick() {
        case .waitInterval:
            scheduleKeepalive(in: configuration.keepaliveInterval)
        case .pingAndWaitTimeout:
            connection?.sendPing()
            scheduleKeepalive(in: configuration.keepaliveTimeout)
        case .close:
            // Its GOAWAY would wait for the peer as well.
            isEnding = true
            record(.silent)
            context.close(promise: nil)
        }
    }
}
