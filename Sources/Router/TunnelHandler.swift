internal import Logging
internal import NIOCore
internal import NIOHPACK
internal import RouterCore
internal import Transport

/// One call of `RouterService/Stream`.
///
/// | from the peer | what happens |
/// |---|---|
/// | HEADERS | checked, authenticated, admitted; answered with HEADERS once there is a partner |
/// | DATA | the payload goes to the partner as it is, see ``DataLane`` |
/// | END_STREAM | the peer has finished sending; it may still receive |
/// | RST_STREAM, end of the connection | the partner receives all that came before, then a status |
///
/// The peer is credited what it has sent only while the conduit to its partner has room, so a partner that stalls
/// stalls this peer.
final class TunnelHandler: HTTP2Call {
    enum State {
        case awaitingHeaders
        case waiting(PairingStateMachine<Tunnel>.Ticket, Tunnel)
        case paired(Tunnel, TunnelSide)
        /// The final status has been written, or the stream has gone.
        case ended
    }

    let hub: RouterHub
    let overLimit: RouterCore.Refusal?
    let connection: HTTP2Connection
    let supervisor: ConnectionSupervisor
    /// Until it is closed.
    var stream: DataLane.Stream?

    var state = State.awaitingHeaders
    var pairingTimer: Timeouts.Timeout?
    var stallTimer: Timeouts.Timeout?
    var deadlineTimer: Scheduled<Void>?
    /// Since when the peer is not read from because its partner takes nothing.
    var stoppedAt: NIODeadline?
    /// What the peer counts as in the metrics of what is sent to it.
    var receiver = RouterMetrics.Receiver.first
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
    static let takeLimit = 32_768
    /// How long the peer of a tunnel that was cut off may take to fetch its status before its stream is reset.
    static let patienceAfterCut = Duration.seconds(1)

    /// - Parameters:
    ///   - connection: the connection of the stream.
    ///   - supervisor: told of calls that are refused for what they are.
    ///   - overLimit: why the call is refused whatever its token says.
    init(hub: RouterHub, connection: HTTP2Connection, supervisor: ConnectionSupervisor, overLimit: RouterCore.Refusal?)
    {
        self.hub = hub
        self.connection = connection
        self.supervisor = supervisor
        self.overLimit = overLimit
    }

    var lane: DataLane { connection.lane }
    var eventLoop: any EventLoop { connection.eventLoop }
    var peer: PeerAddress { connection.peer }
    var timeouts: Timeouts { supervisor.timeouts }

    func opened(_ stream: DataLane.Stream, _ headers: HPACKHeaders, hasEnded: Bool) {
        self.stream = stream
        hasReceivedEnd = hasEnded
        open(headers)
    }

    func ended() {
        hasReceivedEnd = true
    }

    func closed(_ code: HTTP2Code?) {
        _ = pushReceived()
        stream = nil
        leave(code)
        timeouts.cancel(stallTimer)
        stallTimer = nil
        noteResumption()
    }
}
