internal import Logging
internal import NIOCore
internal import RouterCore
internal import Transport

/// Watches over one HTTP/2 connection: pings a silent peer, closes a connection without streams after a while, and
/// says GOAWAY when the router drains. It tells the ``HTTP2Connection`` what to say.
final class ConnectionSupervisor: HTTP2ConnectionDelegate {
    private let configuration: RouterConfiguration
    private let logger: Logger
    private let metrics: RouterMetrics
    private let cutter: FrameCutter
    private let sources: SourceGuard
    /// Whether a call has shown a good token.
    private var isProven = false
    /// Says what there is to say; nil once nothing can be said any more.
    private var connection: HTTP2Connection?
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

    func added(_ connection: HTTP2Connection) {
        self.connection = connection
        scheduleKeepalive(in: configuration.keepaliveInterval)
        startIdleTimer()
        awaitStart()
    }

    func removed() {
        connection = nil
        cancelTimers()
    }

    func began() {
        timeouts.cancel(startTimer)
        startTimer = nil
    }

    func heard() {
        keepalive.heard()
    }

    func received(_ event: Any) {
        if event is ChannelShouldQuiesceEvent { quiesce() }
        if let event = event as? ConnectionFaultEvent { end(event.fault) }
    }

    func failed(_ error: any Error) {
        // Clients that go without a TLS close are the normal case, so this is no more than a debug line.
        logger.debug("Connection error", metadata: ["peer": "\(peer)", "error": "\(error)"])
        connection?.channel.close(promise: nil)
    }

    /// A call on this connection was refused for what it is, not because of the moment.
    func callRefused() {
        guard let connection else { return }
        let now = connection.eventLoop.now
        sources.refuse(connection.channel.remoteAddress, now: now)
        if !isProven { unprovenRefusals += 1 }
        let isWithinBudget = refusals.spend(now: Int64(now.uptimeNanoseconds))
        if !isWithinBudget || unprovenRefusals > configuration.maximumUnprovenRefusals { end(.refusals) }
    }

    /// A call on this connection has shown a good token.
    func tokenAccepted() {
        if isProven { return }
        isProven = true
        cutter.prove()
        sources.prove(connection?.channel.remoteAddress)
    }

    /// Ends the connection of a client that does what none should: says why by GOAWAY, then closes.
    func end(_ fault: ConnectionFault) {
        end(HTTP2Violation(fault), lastStream: UInt32(Int32.max))
    }

    func end(_ violation: HTTP2Violation, lastStream: UInt32) {
        guard let connection, !isEnding else { return }
        isEnding = true
        // What still comes is not even decrypted, until the peer goes or has had its time to.
        connection.channel.setOption(.autoRead, value: false).whenFailure { [logger] error in
            logger.debug("Reading could not be stopped", metadata: ["error": "\(error)"])
        }
        record(violation.fault, detail: violation.detail)
        connection.sendGoAway(violation.code, lastStream: lastStream)
        closeSoon()
    }

    private func record(_ fault: ConnectionFault, detail: String = "") {
        metrics.recordEnd(fault)
        // Silence is the network's fault.
        if let connection, fault != .silent {
            sources.fault(connection.channel.remoteAddress, now: connection.eventLoop.now)
        }
        var metadata: Logger.Metadata = ["peer": "\(peer)", "reason": "\(fault.rawValue)", "streams": "\(streamCount)"]
        if !detail.isEmpty { metadata["error"] = "\(detail)" }
        logger.info("Connection ended", metadata: metadata)
    }

    private var peer: String { connection?.peer.description ?? "unknown" }

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
        if !hasSettled, let connection {
            hasSettled = true
            ConnectionAcceptor.settled(connection.channel)
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
        guard let connection, connection.channel.isActive else { return }
        if !isQuiescing {
            isQuiescing = true
            connection.sendGoAway(.noError)
        }
        if streamCount == 0 { closeSoon() }
    }

    /// Closes on the next turn of the loop: the last stream's final frame is written but may not be flushed yet.
    private func closeSoon() {
        guard let connection else { return }
        let bound = NIOLoopBound((self, connection), eventLoop: connection.eventLoop)
        connection.eventLoop.execute {
            let (supervisor, connection) = bound.value
            // The peer may take its time; its partners need not wait for that.
            if supervisor.isEnding { connection.closeAll() }
            connection.channel.close(promise: nil)
        }
    }

    private func startIdleTimer() {
        if connection == nil { return }
        let timeout =
            isProven
            ? configuration.idleTimeout : min(configuration.idleTimeout, configuration.unprovenIdleTimeout)
        idleTimer = timeouts.start(in: TimeAmount(timeout)) { self.quiesce() }
    }

    private func scheduleKeepalive(in duration: Duration) {
        keepaliveTimer = timeouts.start(in: TimeAmount(duration)) { self.keepaliveTick() }
    }

    private func keepaliveTick() {
        guard let connection, connection.channel.isActive else { return }
        switch keepalive.tick() {
        case .waitInterval:
            scheduleKeepalive(in: configuration.keepaliveInterval)
        case .pingAndWaitTimeout:
            connection.sendPing()
            scheduleKeepalive(in: configuration.keepaliveTimeout)
        case .close:
            // Its GOAWAY would wait for the peer as well.
            isEnding = true
            record(.silent)
            connection.channel.close(promise: nil)
        }
    }
}
