internal import RouterCore

extension GRPCStatus {
    /// The one place where refusals become statuses.
    init(_ refusal: RouterCore.Refusal, detail: String? = nil) {
        self.init(code: Self.code(of: refusal), message: detail ?? Self.message(of: refusal))
    }

    /// The one place where endings become statuses.
    init(_ ending: TunnelEnding) {
        switch ending {
        case .finished, .partnerLeft:
            self = .ok
        case .cutOff(let loss):
            self.init(code: Self.code(of: loss), message: Self.message(of: loss))
        }
    }

    private static func code(of loss: TunnelLoss) -> Code {
        switch loss {
        // The word of the controller's Dial for the same.
        case .leaseEnded: .failedPrecondition
        case .cancelled, .reset, .connectionLost, .deadlineExceeded, .drainTimedOut: .unavailable
        }
    }

    private static func code(of refusal: RouterCore.Refusal) -> Code {
        switch refusal {
        case .alreadyUsed, .replayed, .roleTaken: .alreadyExists
        case .otherLease: .permissionDenied
        case .leaseEnded: .failedPrecondition
        case .partnerTimedOut, .deadlineExceeded: .deadlineExceeded
        case .incompatibleEncoding: .unimplemented
        case .draining: .unavailable
        case .unauthenticated: .unauthenticated
        case .tooManyStreams, .tooManyWaiting, .tooManyRemembered, .tooManyStreamsOnConnection, .tooManyConnections,
            .headersTooLarge:
            .resourceExhausted
        }
    }

    private static func message(of refusal: RouterCore.Refusal) -> String {
        switch refusal {
        case .alreadyUsed: "this stream has been used already; dial again for a new one"
        case .replayed: "this token has been used already; dial again for a new one"
        case .roleTaken: "this side of the stream is taken already; dial again for a new one"
        case .otherLease: "the two sides of this stream belong to different leases"
        case .leaseEnded: "the lease has ended"
        case .deadlineExceeded: "the call's deadline passed before the other side came"
        case .partnerTimedOut: "the other side of this stream did not come in time"
        case .incompatibleEncoding: "the other side does not accept this message compression; turn compression off"
        case .draining: "this router is shutting down; dial again to get another one"
        case .tooManyStreams: "this router has reached its limit of streams; try again later"
        case .tooManyWaiting: "this router has reached its limit of waiting streams; try again later"
        case .tooManyRemembered: "this router has handled too many streams lately; try again later"
        case .tooManyStreamsOnConnection: "this connection has reached its limit of streams; open another one"
        case .tooManyConnections: "this router has reached its limit of connections; try again later"
        case .headersTooLarge: "the headers of this call are too large"
        case .unauthenticated: "this call needs a router token"
        }
    }

    private static func message(of loss: TunnelLoss) -> String {
        switch loss {
        case .cancelled: "the other side cancelled this stream"
        case .reset(let code): "the other side reset this stream (HTTP/2 error code \(code))"
        case .connectionLost: "the connection to the other side was lost"
        case .deadlineExceeded: "the other side's deadline passed"
        case .leaseEnded(let reason): reason
        case .drainTimedOut: "this router is shutting down; dial again to get another one"
        }
    }
}

extension RouterCore.Refusal {
    /// Whether it is the call itself that is wrong, not the moment: a peer that insists loses its connection.
    var isOfTheCall: Bool {
        switch self {
        case .unauthenticated, .headersTooLarge, .replayed, .alreadyUsed, .roleTaken, .otherLease: true
        case .partnerTimedOut, .deadlineExceeded, .incompatibleEncoding, .draining, .leaseEnded, .tooManyStreams,
            .tooManyWaiting, .tooManyRemembered, .tooManyStreamsOnConnection, .tooManyConnections:
            false
        }
    }
}
