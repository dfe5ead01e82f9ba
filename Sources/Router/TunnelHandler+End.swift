internal import Logging
internal import NIOCore
internal import NIOHPACK
internal import RouterCore
internal import Transport

// The end of a call.

extension TunnelHandler {
    /// Ends a call that has no partner.
    func refuse(_ refusal: RouterCore.Refusal, detail: String? = nil) {
        hub.metrics.recordRefusal(refusal)
        if refusal.isOfTheCall { supervisor.callRefused() }
        let status = GRPCStatus(refusal, detail: detail)
        hub.logger.info(
            "Stream refused",
            metadata: ["peer": "\(peer)", "code": "\(status.code)", "reason": "\(status.message)"]
        )
        finish(with: status)
    }

    func answer(_ problem: CallHeaders.Problem) {
        switch problem {
        case .tooLarge:
            refuse(.headersTooLarge)
        case .invalidTimeout:
            supervisor.callRefused()
            finish(with: GRPCStatus(code: .invalidArgument, message: "grpc-timeout is not a number and a unit"))
        case .unknownMethod(let path):
            supervisor.callRefused()
            finish(with: GRPCStatus(code: .unimplemented, message: "this is a router: it has no method \(path)"))
        case .http(let status):
            supervisor.callRefused()
            finish(with: [":status": "\(status)"])
        }
    }

    /// - Parameter patience: how long its peer may take nothing of what is left for it.
    func finish(with status: GRPCStatus, patience: Duration? = nil) {
        finish(with: hasSentHeaders ? status.trailers : status.trailersOnly, patience: patience)
    }

    private func finish(with headers: HPACKHeaders, patience: Duration? = nil) {
        guard let stream else { return }
        end()
        noteResumption()
        startStallTimer(patience ?? hub.configuration.stallTimeout)
        let written = eventLoop.makePromise(of: Void.self)
        let handler = NIOLoopBound(self, eventLoop: eventLoop)
        written.futureResult.whenComplete { _ in handler.value.stopPeer() }
        connection.send(try HeaderBlock(headers), on: stream, endStream: true, promise: written)
        // What still comes is dropped and credited, so that the peer's window does not stay closed before it sees its
        // status.
        if self.stream != nil { lane.credit(stream) }
    }

    /// Tells a peer that has not finished sending to stop: only after the status has left, as a reset drops what is
    /// queued; and with NO_ERROR, which says that the response is complete (RFC 9113, 8.1).
    private func stopPeer() {
        guard !hasReceivedEnd, let stream else { return }
        connection.reset(stream, .noError)
    }

    /// Resets the stream of a peer that takes nothing of what is left for it, although nobody sends any more.
    /// Started again with each progress; ends with the stream.
    func startStallTimer(_ patience: Duration) {
        timeouts.cancel(stallTimer)
        stallTimer = timeouts.start(in: TimeAmount(patience)) {
            if let stream = self.stream { self.connection.reset(stream, .cancel) }
        }
    }

    func end() {
        state = .ended
        timeouts.cancel(pairingTimer)
        pairingTimer = nil
        deadlineTimer?.cancel()
        deadlineTimer = nil
    }
}
