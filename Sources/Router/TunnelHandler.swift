internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import RouterCore

/// One call of `RouterService/Stream`: the handler of an HTTP/2 stream.
///
/// | from the peer | what happens |
/// |---|---|
/// | HEADERS | checked, authenticated, admitted; answered with HEADERS once there is a partner |
/// | DATA | the payload goes to the partner as it is; gRPC's framing and messages are not looked at |
/// | END_STREAM | the peer has finished sending; it may still receive |
/// | RST_STREAM, end of the connection | the partner receives all that came before, then a status |
///
/// The peer is read from only while the conduit to its partner has room: what is not read is not credited to the
/// HTTP/2 window, so a partner that stalls stalls this peer.
final class TunnelHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    enum State {
        case awaitingHeaders
        case waiting(PairingStateMachine<Tunnel>.Ticket, Tunnel)
        case paired(Tunnel, TunnelSide)
        /// The final status has been written, or the stream has gone.
        case ended
    }

    let hub: RouterHub
    let overLimit: RouterCore.Refusal?
    let connection: ConnectionSupervisor

    var state = State.awaitingHeaders
    var context: ChannelHandlerContext?
    var pairingTimer: Scheduled<Void>?
    var stallTimer: Scheduled<Void>?
    var deadlineTimer: Scheduled<Void>?
    /// Since when the peer is not read from because its partner takes nothing.
    var stoppedAt: NIODeadline?
    /// What the peer counts as in the metrics of what is sent to it.
    var receiver = RouterMetrics.Receiver.first
    var peer = ""
    var resetCode: HTTP2ErrorCode?
    var hasSentHeaders = false
    var hasReceivedEnd = false
    var hasToldEnd = false
    /// Copies of the payloads of the current read. Bound: one stream window.
    var received: [ByteBuffer] = []
    /// gRPC messages that ended in ``received``.
    var messagesReceived = 0
    var messageCounter = MessageCounter()
    /// Payloads taken from the conduit and about to be written. Bound: ``takeLimit`` and one frame.
    var taken: [ByteBuffer] = []

    /// Bytes taken from the conduit under one lock.
    static let takeLimit = 65_536
    /// How long the peer of a tunnel that was cut off may take to fetch its status before its stream is reset.
    static let patienceAfterCut = Duration.seconds(1)

    /// - Parameters:
    ///   - connection: the connection of the stream, told of calls that are refused for what they are.
    ///   - overLimit: why the call is refused whatever its token says.
    init(hub: RouterHub, connection: ConnectionSupervisor, overLimit: RouterCore.Refusal?) {
        self.hub = hub
        self.connection = connection
        self.overLimit = overLimit
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            if frame.endStream { hasReceivedEnd = true }
            if case .awaitingHeaders = state { open(frame.headers, context: context) }
        case .data(let frame):
            if frame.endStream { hasReceivedEnd = true }
            guard case .byteBuffer(let buffer) = frame.data, buffer.readableBytes > 0 else { return }
            receive(buffer, context: context)
        default:
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if pushReceived() { context.read() } else { noteStop(context.eventLoop.now) }
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { drain() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let closed = error as? NIOHTTP2Errors.StreamClosed {
            resetCode = closed.errorCode
        } else {
            hub.logger.debug("Stream error", metadata: ["peer": "\(peer)", "error": "\(error)"])
            resetCode = .protocolError
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        _ = pushReceived()
        leave()
        stallTimer?.cancel()
        stallTimer = nil
        noteResumption(context.eventLoop.now)
        context.fireChannelInactive()
    }
}
