internal import NIOCore

/// One of the two streams of a tunnel, reachable from any event loop.
///
/// A class, as each message asks the tunnel for one: a reference is quicker to give than what is in it.
final class TunnelEnd: Sendable {
    let eventLoop: any EventLoop
    let handler: NIOLoopBound<TunnelHandler>
    /// The compression of its peer's messages.
    let encoding: CallHeaders.Encoding
    /// Where its peer is, for the log.
    let peer: PeerAddress

    init(
        eventLoop: any EventLoop,
        handler: NIOLoopBound<TunnelHandler>,
        encoding: CallHeaders.Encoding,
        peer: PeerAddress
    ) {
        self.eventLoop = eventLoop
        self.handler = handler
        self.encoding = encoding
        self.peer = peer
    }

    /// Runs `body` with the handler, on its event loop, never before this call has returned.
    func execute(_ body: @escaping @Sendable (TunnelHandler) -> Void) {
        let handler = handler
        eventLoop.execute { body(handler.value) }
    }

    /// Lets the handler send what there is for its peer, never before this call has returned.
    ///
    /// - Parameter lane: of the connection whose read has brought it, if it is one; of the current event loop.
    func drain(after lane: DataLane?) {
        if let lane, lane.drainAfterRead(eventLoop, { handler.value }) { return }
        execute { $0.drain() }
    }
}
