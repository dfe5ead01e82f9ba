internal import Authentication
internal import Logging
internal import NIOCore
internal import NIOHPACK
internal import RouterCore
internal import Transport

// The start of a call.

extension TunnelHandler {
    func open(_ headers: HPACKHeaders) {
        do {
            let call = try CallHeaders(headers, maximumBytes: hub.configuration.maximumHeaderBytes)
            guard let text = call.token else { return refuse(.unauthenticated) }
            let token = try hub.authenticate(text)
            supervisor.tokenAccepted()
            // Only now, so that a peer without a token is counted as such.
            if let overLimit { return refuse(overLimit) }
            startDeadlineTimer(call.timeout)
            admit(token, encoding: call.encoding)
        } catch let problem as CallHeaders.Problem {
            answer(problem)
        } catch {
            refuse(.unauthenticated, detail: "\(error)")
        }
    }

    private func admit(_ token: RouterToken, encoding: CallHeaders.Encoding) {
        let end = TunnelEnd(
            eventLoop: eventLoop,
            handler: NIOLoopBound(self, eventLoop: eventLoop),
            encoding: encoding,
            peer: peer
        )
        receiver = .init(token.side, call: .first)
        switch hub.arrive(token, end: end) {
        case .refused(let refusal):
            refuse(refusal)
        case .wait(let ticket, let tunnel):
            state = .waiting(ticket, tunnel)
            startPairingTimer(ticket)
        case .paired(let tunnel):
            receiver = .init(token.side, call: .second)
            becomePaired(tunnel, .second)
        }
    }

    private func startPairingTimer(_ ticket: PairingStateMachine<Tunnel>.Ticket) {
        pairingTimer = timeouts.start(in: TimeAmount(hub.configuration.pairingTimeout)) {
            if self.hub.timeOut(ticket) { self.refuse(.partnerTimedOut) }
        }
    }

    private func startDeadlineTimer(_ timeout: Duration?) {
        guard let timeout else { return }
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        deadlineTimer = eventLoop.scheduleTask(in: TimeAmount(timeout)) { handler.value.deadlinePassed() }
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
        timeouts.cancel(pairingTimer)
        pairingTimer = nil
        state = .paired(tunnel, side)
        hasSentHeaders = true
        // The partner's messages arrive as it has compressed them.
        let encoding = tunnel.end(side.other)?.encoding.used
        if let stream { connection.send(try Self.answer(encoding), on: stream, endStream: false) }
        if hasReceivedEnd { tellEnd(tunnel, side) }
    }

    private static let answerHeaders: HPACKHeaders = [":status": "200", "content-type": "application/grpc"]
    private static let usualAnswer = Result { try HeaderBlock(answerHeaders) }

    private static func answer(_ encoding: String?) throws -> HeaderBlock {
        guard let encoding else { return try usualAnswer.get() }
        var headers = answerHeaders
        headers.add(name: "grpc-encoding", value: encoding)
        return try HeaderBlock(headers)
    }
}
