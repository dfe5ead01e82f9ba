internal import NIOCore
internal import NIOHPACK
internal import RouterCore

/// The server's side of an HTTP/2 connection (RFC 9113), as much of it as tunnels need: its streams, their header
/// blocks and how they end. DATA goes past it, by the ``DataLane``; pings are answered by the ``FrameCutter``, which
/// sits in front and holds the peer to the rates of frames.
///
/// A router's connection has one stream more often than not, and a router has many thousands of connections. That is
/// what this is made for: a connection at rest holds its HPACK table and nothing else.
///
/// | from the peer | what happens |
/// |---|---|
/// | HEADERS, CONTINUATION | a new call, or the end of one |
/// | RST_STREAM | the call ends |
/// | SETTINGS | acknowledged; the windows are the lane's |
/// | PRIORITY, GOAWAY, unknown types | checked and ignored |
/// | what HTTP/2 forbids of a stream | RST_STREAM, up to a budget |
/// | what HTTP/2 forbids of a connection | GOAWAY, and the end |
///
/// Frames for a stream that has gone are dropped, as they may have been on their way (RFC 9113, 5.1); DATA among them
/// counts for the connection's window. All of it belongs to the event loop of the connection.
///
/// It is the last handler of the pipeline: what comes so far is for it and its delegate.
final class HTTP2Connection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let preface = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    /// CONTINUATION frames that a header block may have. Clients fill frames of 16 KiB, so the size is reached before.
    static let maximumContinuations = 5
    /// Errors of single streams in half a minute.
    private static let maximumStreamErrors = 200
    /// Streams that a client may open beyond the limit that it was told, so that the limit can be answered with a status.
    /// A client that ignores the announced number as well loses its connection.
    static let streamsBeyondLimit = 100
    /// How much larger than the limit headers may be and still be answered with a status.
    static let headerSizeFactor = 4
    private static let maximumHeaderTable = 4_096
    /// To be copied for each connection: a decoder builds its table of well-known headers anew, and room for others.
    private static let decoder = HPACKDecoder(
        allocator: ByteBufferAllocator(),
        maxDynamicTableSize: maximumHeaderTable,
        maxHeaderListSize: .max
    )

    /// Makes the call of a new stream.
    typealias MakeCall = (HTTP2Connection) -> any HTTP2Call

    /// A header block that has begun.
    struct Block {
        let stream: UInt32
        let endsStream: Bool
        var bytes: ByteBuffer
        var continuations = 0
    }

    let lane: DataLane
    let delegate: any HTTP2ConnectionDelegate
    let channel: any Channel
    let eventLoop: any EventLoop
    /// For the log.
    let peer: PeerAddress

    let configuration: RouterConfiguration
    let makeCall: MakeCall
    /// The beginning of a frame. Bound: a frame.
    var held = ByteBuffer()
    private var hasPreface = false
    var hasSettings = false
    var hasGreeted = false
    var hasEnded = false
    var block: Block?
    var lastStream: UInt32 = 0
    var decoder: HPACKDecoder
    /// Whether the peer has still to be told that its table stays empty (RFC 7541, 4.2).
    var owesTableSize = true
    var controlFrames: RateBudget
    var resets: RateBudget
    var streamErrors = RateBudget(limit: HTTP2Connection.maximumStreamErrors)

    /// - Parameters:
    ///   - channel: the connection; of its event loop.
    ///   - lane: where DATA goes.
    ///   - delegate: ends the connection when its peer breaks the rules.
    ///   - makeCall: called for each new stream.
    init(
        channel: any Channel,
        configuration: RouterConfiguration,
        lane: DataLane,
        delegate: any HTTP2ConnectionDelegate,
        makeCall: @escaping MakeCall
    ) {
        self.configuration = configuration
        self.lane = lane
        self.delegate = delegate
        self.makeCall = makeCall
        self.channel = channel
        eventLoop = channel.eventLoop
        peer = PeerAddress(of: channel)
        controlFrames = RateBudget(limit: configuration.maximumControlFrames)
        resets = RateBudget(limit: configuration.maximumResets)
        decoder = Self.decoder
        decoder.maxHeaderListSize = configuration.maximumHeaderBytes * Self.headerSizeFactor
    }

    func handlerAdded(context: ChannelHandlerContext) {
        delegate.added(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        closeAll()
        delegate.removed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        closeAll()
        delegate.removed()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        delegate.heard()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if lane.isWritable { lane.unblock() }
        // On a slow link a ping may be queued behind much data.
        delegate.heard()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        delegate.received(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        delegate.failed(error)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if hasEnded { return }
        var bytes = unwrapInboundIn(data)
        if held.readableBytes > 0 {
            held.writeBuffer(&bytes)
            swap(&held, &bytes)
            held = ByteBuffer()
        }
        do {
            guard try takePreface(&bytes) else { return hold(bytes) }
            while !hasEnded, let frame = try Frame.take(from: &bytes) { try take(frame) }
            hold(bytes)
        } catch {
            end(error)
        }
    }

    /// Keeps a copy: what it is in is used again for the next read.
    private func hold(_ bytes: ByteBuffer) {
        if bytes.readableBytes > 0 { held = ByteBuffer(bytes: bytes.readableBytesView) }
    }

    func end(_ violation: HTTP2Violation) {
        hasEnded = true
        held = ByteBuffer()
        delegate.end(violation, lastStream: lastStream)
    }

    private func takePreface(_ bytes: inout ByteBuffer) throws(HTTP2Violation) -> Bool {
        if hasPreface { return true }
        let length = min(bytes.readableBytes, Self.preface.readableBytes)
        guard bytes.readableBytesView.prefix(length).elementsEqual(Self.preface.readableBytesView.prefix(length)) else {
            throw HTTP2Violation("no HTTP/2")
        }
        guard length == Self.preface.readableBytes else { return false }
        bytes.moveReaderIndex(forwardBy: length)
        hasPreface = true
        return true
    }

    /// Ends all streams as if the connection had gone.
    func closeAll() {
        for stream in lane.openStreams { close(stream, nil) }
    }

    /// Both sides have finished, or one has reset it.
    func close(_ stream: DataLane.Stream, _ code: HTTP2Code?) {
        guard lane.close(stream) else { return }
        stream.call.closed(code)
        delegate.streamClosed()
    }
}
