package import NIOCore
internal import NIOTLS

/// What a TLS client and server agreed to speak.
package enum NegotiatedProtocol: Sendable, Hashable {
    /// This protocol by ALPN.
    case negotiated(String)
    /// No ALPN, but the client has begun to send.
    case unnegotiated
}

/// Holds a connection back until the TLS handshake has shown what it will speak, then configures the pipeline for it.
///
/// - `channelActive` and data pass only after the configuration has succeeded, so that handlers added by it see a
///   connection from its start.
/// - Real clients in insecure mode connect once without ALPN, copy the certificate and close. Nothing is configured
///   for them: without ALPN the gate waits for the first bytes.
/// - A connection that is not through the gate after `timeout` is closed.
///
/// Bound: what NIO delivers between the handshake's end and the configuration, at most a few reads.
package final class ALPNGate: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer

    /// Configures the pipeline; called on the event loop. The gate closes the channel if the future fails.
    package typealias Configure = @Sendable (NegotiatedProtocol, any Channel) -> EventLoopFuture<Void>

    private enum State {
        case handshaking
        case awaitingBytes
        case configuring
        case open
    }

    private var state = State.handshaking
    private var held: [ByteBuffer] = []
    private var sawActive = false
    private let timeouts: Timeouts
    private var timer: Timeouts.Timeout?
    private let timeout: TimeAmount
    private let configure: Configure

    /// - Parameters:
    ///   - timeouts: of the event loop of the connection.
    ///   - timeout: how long the handshake may take, and without ALPN the first bytes after it.
    ///   - configure: adds the handlers of the protocol.
    package init(timeouts: Timeouts, timeout: TimeAmount, configure: @escaping Configure) {
        self.timeouts = timeouts
        self.timeout = timeout
        self.configure = configure
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        timer = timeouts.start(in: timeout) { context.close(promise: nil) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        stopTimer()
        held = []
    }

    package func channelActive(context: ChannelHandlerContext) {
        guard state != .open else { return context.fireChannelActive() }
        sawActive = true
    }

    package func channelInactive(context: ChannelHandlerContext) {
        stopTimer()
        // Whoever never heard of the connection needs not hear of its end.
        if state == .open { context.fireChannelInactive() }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if state == .handshaking, case .handshakeCompleted(let name)? = event as? TLSUserEvent {
            if let name {
                start(.negotiated(name), context: context)
            } else {
                state = .awaitingBytes
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .open else { return context.fireChannelRead(data) }
        held.append(unwrapInboundIn(data))
        if state == .awaitingBytes { start(.unnegotiated, context: context) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        if state == .open { context.fireChannelReadComplete() }
    }

    private func stopTimer() {
        timeouts.cancel(timer)
        timer = nil
    }

    private func start(_ negotiated: NegotiatedProtocol, context: ChannelHandlerContext) {
        state = .configuring
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        configure(negotiated, context.channel).hop(to: context.eventLoop).whenComplete { result in
            let (gate, context) = bound.value
            switch result {
            case .success: gate.open(context: context)
            case .failure(let error):
                context.fireErrorCaught(error)
                context.close(promise: nil)
            }
        }
    }

    private func open(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        stopTimer()
        state = .open
        if sawActive { context.fireChannelActive() }
        let buffers = held
        held = []
        for buffer in buffers {
            context.fireChannelRead(wrapInboundOut(buffer))
        }
        if !buffers.isEmpty { context.fireChannelReadComplete() }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}
