internal import Logging
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import RouterCore

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

/// Sits right behind TLS, counts the handshakes that fail, and leaves the pipeline with the first that succeeds.
final class HandshakeMonitor: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let metrics: RouterMetrics
    private let logger: Logger
    private let timeout: TimeAmount
    private var start: NIODeadline?
    private var isDone = false

    /// - Parameter timeout: how long a handshake may take; the gate behind enforces it.
    init(metrics: RouterMetrics, logger: Logger, timeout: TimeAmount) {
        self.logger = logger
        self.metrics = metrics
        self.timeout = timeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        start = context.eventLoop.now
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            isDone = true
            context.fireUserInboundEventTriggered(event)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isDone {
            record(failure(error, context.eventLoop.now), context)
            // The gate would wait for its time-out.
            context.close(promise: nil)
        }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        record(failure(nil, context.eventLoop.now), context)
        context.fireChannelInactive()
    }

    private func failure(_ error: (any Error)?, _ now: NIODeadline) -> HandshakeFailure {
        if let start, now - start >= timeout { return .timedOut }
        guard let error else { return .closed }
        return error as? NIOSSLError == .uncleanShutdown ? .closed : .tls
    }

    private func record(_ failure: HandshakeFailure, _ context: ChannelHandlerContext) {
        guard !isDone else { return }
        isDone = true
        ConnectionAcceptor.settled(context.channel)
        metrics.recordHandshakeFailure(failure)
        // Anybody can make one, so it is no more than a debug line.
        logger.debug("Handshake failed", metadata: ["reason": "\(failure.rawValue)"])
    }
}
