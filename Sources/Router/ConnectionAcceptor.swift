internal import NIOCore
internal import RouterCore
internal import Transport

/// Accepts connections at a pace that leaves running tunnels their time, and has them placed on event loops in couples:
/// the handler of a listening socket.
///
/// | what | who decides |
/// |---|---|
/// | when the next connection is accepted | ``HandshakePace`` |
/// | which event loop it runs on | ``LoopPlacement`` |
/// | whether it is served at once | ``SourceGuard`` |
///
/// NIO gives accepted connections to the loops of a group in turn and takes no other choice. So before each is accepted,
/// the turn is moved on to the loop that has been chosen. Whoever else uses the group may move it in between; then a
/// connection is merely not where it would be best.
final class ConnectionAcceptor: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never

    /// Fired at the listening socket when the work of opening a connection is done; see ``settled(_:)``.
    struct Settled: Sendable {
        let connection: ObjectIdentifier
    }

    /// What listening sockets of one router share; belongs to the event loop that they are on.
    final class Shared {
        fileprivate let group: any EventLoopGroup
        fileprivate let loops: [any EventLoop]
        fileprivate var placement: LoopPlacement
        fileprivate var pace: HandshakePace
        fileprivate let sources: SourceGuard
        fileprivate let timeouts: LoopTimeouts

        /// - Parameters:
        ///   - group: where connections run.
        ///   - sources: what each address may still cost.
        ///   - timeouts: of the group.
        init(group: any EventLoopGroup, sources: SourceGuard, timeouts: LoopTimeouts) {
            self.group = group
            self.sources = sources
            self.timeouts = timeouts
            loops = Array(group.makeIterator())
            placement = LoopPlacement(loops: loops.count)
            pace = HandshakePace(
                places: ConnectionAcceptor.handshakesPerLoop * max(1, loops.count),
                patience: ConnectionAcceptor.patience
            )
        }
    }

    /// Half a dozen handshakes, with a call each, between two messages of a tunnel are about two milliseconds.
    private static let handshakesPerLoop = 6
    /// Longer than that takes on a network that is near; one from afar keeps the others waiting no longer.
    private static let patience = TimeAmount.milliseconds(10)
    /// How long a connection waits for the other half of its couple.
    private static let coupleTime = TimeAmount.seconds(1)

    private let shared: Shared
    /// A read that waits for a place.
    private var heldRead = false
    private var timer: Scheduled<Void>?
    /// Connections that wait for their address's budget, or for their end, each with what ends its wait. Bound:
    /// ``heldLimit``.
    private var held: [ObjectIdentifier: (channel: any Channel, timer: Scheduled<Void>)] = [:]
    private static let heldLimit = 1_024
    /// One that is refused is closed only when it would have been too late for it anyway: whoever is thrown out at once
    /// comes back at once, and to accept and close it again and again is work.
    private static let timeToClose = TimeAmount.nanoseconds(SourceBudgets.patience)
    /// As long as no more than these are held; the others are for those that will be served.
    private static let refusedLimit = heldLimit / 2

    init(shared: Shared) {
        self.shared = shared
    }

    /// Gives the place of a connection to the next: its first call has come, or its handshake has failed. One that shakes
    /// hands and says no more keeps its place as long as one that is slow.
    static func settled(_ connection: any Channel) {
        let event = Settled(connection: ObjectIdentifier(connection))
        connection.parent?.pipeline.fireUserInboundEventTriggered(event)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        for (channel, timer) in held.values {
            timer.cancel()
            channel.close(promise: nil)
        }
        held = [:]
    }

    func read(context: ChannelHandlerContext) {
        guard let freeAt = shared.pace.fullUntil(now: context.eventLoop.now) else {
            timer?.cancel()
            timer = nil
            heldRead = false
            moveTurn()
            return context.read()
        }
        heldRead = true
        guard timer == nil else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: freeAt) {
            let (acceptor, context) = bound.value
            acceptor.timer = nil
            acceptor.readOn(context)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let child = unwrapInboundIn(data)
        let now = context.eventLoop.now
        switch shared.sources.arrive(child.remoteAddress, now: now, mayWait: held.count < Self.heldLimit) {
        case .now: begin(child, data, context)
        case .later(let moment):
            hold(child, until: .uptimeNanoseconds(UInt64(moment)), context) { acceptor, context in
                acceptor.begin(child, data, context)
            }
        case .refused:
            // It has its place for as long as one that is slow.
            shared.pace.began(ObjectIdentifier(child), now: now)
            if held.count < Self.refusedLimit {
                hold(child, until: now + Self.timeToClose, context) { _, _ in child.close(promise: nil) }
            } else {
                child.close(promise: nil)
            }
        }
        moveTurn()
    }

    /// Nothing is read from it meanwhile, and it has no place among those that shake hands.
    private func hold(
        _ child: any Channel,
        until moment: NIODeadline,
        _ context: ChannelHandlerContext,
        then body: @escaping (ConnectionAcceptor, ChannelHandlerContext) -> Void
    ) {
        let bound = NIOLoopBound((self, context, body), eventLoop: context.eventLoop)
        let id = ObjectIdentifier(child)
        let timer = context.eventLoop.scheduleTask(deadline: moment) {
            let (acceptor, context, body) = bound.value
            if acceptor.held.removeValue(forKey: id) != nil { body(acceptor, context) }
        }
        held[id] = (child, timer)
    }

    /// - Parameter data: the connection as it came, to be handed on: to wrap it anew takes a search for its type.
    private func begin(_ child: any Channel, _ data: NIOAny, _ context: ChannelHandlerContext) {
        shared.pace.began(ObjectIdentifier(child), now: context.eventLoop.now)
        if let loop = shared.loops.firstIndex(where: { $0 === child.eventLoop }) { place(child, loop, context) }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? Settled else { return context.fireUserInboundEventTriggered(event) }
        shared.pace.ended(event.connection)
        readOn(context)
    }

    private func readOn(_ context: ChannelHandlerContext) {
        if heldRead { read(context: context) }
    }

    private func place(_ child: any Channel, _ loop: Int, _ context: ChannelHandlerContext) {
        let shared = shared
        let bound = NIOLoopBound(shared, eventLoop: context.eventLoop)
        let couple = shared.placement.opened(on: loop) ? shared.placement.couple : nil
        child.closeFuture.hop(to: context.eventLoop).whenComplete { _ in
            bound.value.placement.closed(on: loop, of: couple)
        }
        guard let couple else { return }
        _ = shared.timeouts[context.eventLoop].start(in: Self.coupleTime) { shared.placement.waitedLongEnough(couple) }
    }

    /// Moves the group's turn on until the chosen loop is next.
    private func moveTurn() {
        let loops = shared.loops
        let before = loops[(shared.placement.next + loops.count - 1) % loops.count]
        // Twice around is enough unless others take turns meanwhile.
        for _ in 0..<(2 * loops.count) where shared.group.next() === before { return }
    }
}
