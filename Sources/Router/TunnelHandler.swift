internal import Logging
internal import NIOCore
internal import NIOHTTP2
internal import RouterCore

/// One call of `RouterService/Stream`: the handler of an HTTP/2 stream.
///
/// | from the peer | what happens |
/// |---|---|
/// | HEADERS | checked, authenticated, admitted; answered with HEADERS once there is a partner |
/// | DATA | the payload goes to the partner as it is, past the HTTP/2 library: see ``DataLane`` |
/// | END_STREAM | the peer has finished sending; it may still receive |
/// | RST_STREAM, end of the connection | the partner receives all that came before, then a status |
///
/// The peer is credited what it has sent only while the conduit to its partner has room, so a partner that stalls
/// stalls this peer.
final class TunnelHandler: ChannelInboundHandler, DataLaneCall {
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
    let lane: DataLane
    /// The stream on the lane, until it is closed.
    var stream: DataLane.Stream?

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
    /// The payloads of the current read. Bound: one stream window.
    var received: [ByteBuffer] = []
    /// gRPC messages that ended in ``received``.
    var messagesReceived = 0
    var messageCounter = MessageCounter()
    /// Payloads taken from the conduit and not written yet. Bound: ``takeLimit`` and one chunk.
    var taken: [ByteBuffer] = []
    /// What to tell the peer after them.
    var endingAfterTaken: TunnelEnding?

    /// Bytes taken from the conduit under one lock.
    static let takeLimit = 65_536
    /// How long the peer of a tunnel that was cut off may take to fetch its status before its stream is reset.
    static let patienceAfterCut = Duration.seconds(1)

    /// - Parameters:
    ///   - connection: the connection of the stream, told of calls that are refused for what they are.
    ///   - lane: where DATA comes from and goes to.
    ///   - overLimit: why the call is refused whatever its token says.
    init(hub: RouterHub, connection: ConnectionSupervisor, lane: DataLane, overLimit: RouterCore.Refusal?) {
        self.lane = lane
        self.hub = hub
        self.connection = connection
        self.overLimit = overLimit
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        closeStream()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            if frame.endStream { hasReceivedEnd = true }
            if case .awaitingHeaders = state { open(frame.headers, context: context) }
        case .data(let frame):
            // Only its end comes this way.
            if frame.endStream { hasReceivedEnd = true }
        default:
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        handOn()
        context.fireChannelReadComplete()
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
        closeStream()
        leave()
        stallTimer?.cancel()
        stallTimer = nil
        noteResumption(context.eventLoop.now)
        context.fireChannelInactive()
    }

    private func closeStream() {
        if let stream { lane.close(stream) }
        stream = nil
    }
}
