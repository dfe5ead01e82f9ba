internal import Logging
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import Transport

/// Why a TLS handshake came to nothing; the value of a metric's label.
enum HandshakeFailure: String, Sendable, CaseIterable {
    /// What the peer sent was no TLS, or none that we accept.
    case tls
    /// The peer left, as port scanners and the checks of load balancers do.
    case closed
    /// It took too long.
    case timedOut = "timed_out"
    /// The two could not agree on a protocol.
    case applicationProtocol = "application_protocol"
}

/// All there is of a connection behind TLS until its handshake is done: then the handlers of HTTP/2 take its place.
/// Counts the handshakes that fail.
///
/// - Real clients in insecure mode connect once without ALPN, copy the certificate and close. Nothing is configured
///   for them: without ALPN the gate waits for the first bytes.
/// - A connection that is not through the gate after `timeout` is closed.
final class HandshakeGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The only protocol that is spoken behind the gate.
    private static let applicationProtocol = "h2"

    private enum State {
        case handshaking
        /// The handshake is done, without a word on what will be spoken.
        case awaitingBytes
        /// It is out of the pipeline, or on its way.
        case open
        /// The connection is closed, or will be.
        case failed
    }

    private var state = State.handshaking
    private let timeouts: Timeouts
    private var timer: Timeouts.Timeout?
    private let timeout: TimeAmount
    private let metrics: RouterMetrics
    private let logger: Logger
    private let configure: () throws -> Void

    /// - Parameters:
    ///   - timeouts: of the event loop of the connection.
    ///   - timeout: how long the handshake may take, and without ALPN the first bytes after it.
    ///   - configure: adds the handlers of the protocol behind it. The connection is closed if it throws.
    init(
        timeouts: Timeouts,
        timeout: TimeAmount,
        metrics: RouterMetrics,
        logger: Logger,
        configure: @escaping () throws -> Void
    ) {
        self.timeouts = timeouts
        self.timeout = timeout
        self.metrics = metrics
        self.logger = logger
        self.configure = configure
    }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = timeouts.start(in: timeout) { self.fail(.timedOut, context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stopTimer()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard state == .handshaking, case .handshakeCompleted(let name)? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        switch name {
        case Self.applicationProtocol?: if open(context) { leave(context) }
        case nil: state = .awaitingBytes
        default: fail(.applicationProtocol, context)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state == .awaitingBytes, open(context) else { return }
        context.fireChannelRead(data)
        leave(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error as? NIOSSLError == .uncleanShutdown ? .closed : .tls, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.closed, context)
    }

    /// - Returns: whether the handlers of the protocol are there.
    private func open(_ context: ChannelHandlerContext) -> Bool {
        guard context.channel.isActive else { return false }
        do {
            try configure()
        } catch {
            logger.error("A connection could not be set up", metadata: ["error": "\(error)"])
            fail(.closed, context)
            return false
        }
        state = .open
        return true
    }

    private func leave(_ context: ChannelHandlerContext) {
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    /// Closes the connection; counts that as a failure unless the handshake is done.
    private func fail(_ failure: HandshakeFailure, _ context: ChannelHandlerContext) {
        if state == .open || state == .failed { return }
        let wasHandshaking = state == .handshaking
        state = .failed
        stopTimer()
        ConnectionAcceptor.settled(context.channel)
        if wasHandshaking {
            metrics.recordHandshakeFailure(failure)
            // Anybody can make one, so it is no more than a debug line.
            logger.debug("Handshake failed", metadata: ["reason": "\(failure.rawValue)"])
        }
        context.close(promise: nil)
    }

    private func stopTimer() {
        timeouts.cancel(timer)
        timer = nil
    }
}
