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
            if let overLimit { return refuse(overLimit) }
            guard let token = call.token else { return refuse(.unauthenticated) }
            admit(try hub.authenticate(token), encoding: call.encoding, context: context)
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
        switch hub.arrive(token, end: end) {
        case .refused(let refusal):
            refuse(refusal)
        case .wait(let ticket, let tunnel):
            state = .waiting(ticket, tunnel)
            startPairingTimer(ticket, context: context)
        case .paired(let tunnel):
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
