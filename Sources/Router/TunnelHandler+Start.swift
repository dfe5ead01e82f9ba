internal import Authentication
internal import Logging
internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import RouterCore

// The start of a call.

extension TunnelHandler {
    func open(_ headers: HPACKHeaders, context: ChannelHandlerContext) {
        peer = context.channel.remoteAddress?.description ?? "unknown"
        do {
            let call = try CallHeaders(headers, maximumBytes: hub.configuration.maximumHeaderBytes)
            if overLimit == .tooManyConnections { return refuse(.tooManyConnections) }
            guard let text = call.token else { return refuse(.unauthenticated) }
            let token = try hub.authenticate(text)
            // Only now, so that a peer without a token is counted as such.
            if let overLimit { return refuse(overLimit) }
            startDeadlineTimer(call.timeout, context: context)
            admit(token, encoding: call.encoding, context: context)
        } catch let problem as CallHeaders.Problem {
            answer(problem)
        } catch {
            refuse(.unauthenticated, detail: "\(error)")
        }
    }

    private func admit(_ token: RouterToken, encoding: CallHeaders.Encoding, context: ChannelHandlerContext) {
        let end = TunnelEnd(
            eventLoop: context.eventLoop,
            handler: NIOLoopBound(self, eventLoop: context.eventLoop),
            encoding: encoding,
            peer: peer
        )
        receiver = .init(token.side, call: .first)
        switch hub.arrive(token, end: end) {
        case .refused(let refusal):
            refuse(refusal)
        case .wait(let ticket, let tunnel):
            state = .waiting(ticket, tunnel)
            startPairingTimer(ticket, context: context)
        case .paired(let tunnel):
            receiver = .init(token.side, call: .second)
            becomePaired(tunnel, .second)
        }
    }

    private func startPairingTimer(_ ticket: PairingStateMachine<Tunnel>.Ticket, context: ChannelHandlerContext) {
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        pairingTimer = context.eventLoop.scheduleTask(in: TimeAmount(hub.configuration.pairingTimeout)) {
            let handler = handler.value
            if handler.hub.timeOut(ticket) { handler.refuse(.partnerTimedOut) }
        }
    }

    private func startDeadlineTimer(_ timeout: Duration?, context: ChannelHandlerContext) {
        guard let timeout else { return }
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        deadlineTimer = context.eventLoop.scheduleTask(in: TimeAmount(timeout)) { handler.value.deadlinePassed() }
    }

    private func deadlinePassed() {
        if case .waiting(let ticket, let tunnel) = state {
            if hub.withdraw(ticket) { return refuse(.deadlineExceeded) }
            becomePaired(tunnel, .first)
        }
        guard case .paired(let tunnel, let side) = state else { return }
        _ = pushReceived()
        tunnel.lose(side, .deadlineExceeded)
        finish(with: GRPCStatus(.deadlineExceeded), patience: Self.patienceAfterCut)
    }

    func becomePaired(_ tunnel: Tunnel, _ side: TunnelSide) {
        pairingTimer?.cancel()
        pairingTimer = nil
        state = .paired(tunnel, side)
        var headers: HPACKHeaders = [":status": "200", "content-type": "application/grpc"]
        if let encoding = tunnel.end(side.other)?.encoding.used {
            // The partner's messages arrive as it has compressed them.
            headers.add(name: "grpc-encoding", value: encoding)
        }
        hasSentHeaders = true
        context?.writeAndFlush(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
        if hasReceivedEnd { tellEnd(tunnel, side) }
    }
}
