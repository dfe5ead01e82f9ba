/// Why a call ended before it had finished.
public enum TunnelLoss: Sendable, Hashable {
    /// The peer cancelled its call (RST_STREAM with CANCEL or NO_ERROR).
    case cancelled
    /// The peer reset its stream with another HTTP/2 error code.
    case reset(code: UInt32)
    /// The connection went away: closed, broken, or silent for too long.
    case connectionLost
    /// The peer's own deadline (`grpc-timeout`) passed.
    case deadlineExceeded
    /// The router's drain time-out passed.
    case drainTimedOut
    /// The lease has ended or was taken away; why.
    case leaseEnded(reason: String)
}

/// What one side of a tunnel is told at its end, after everything its partner sent.
public enum TunnelEnding: Sendable, Hashable {
    /// Both sides had finished.
    case finished
    /// The partner had finished and then left, and nothing this side sent was lost.
    case partnerLeft
    /// The partner was cut off.
    case cutOff(TunnelLoss)

    /// Whether the call ends with the status OK.
    public var isClean: Bool {
        switch self {
        case .finished, .partnerLeft: true
        case .cutOff: false
        }
    }
}

/// How a tunnel as a whole ended; for the log.
public enum TunnelOutcome: Sendable, Hashable {
    /// Both sides finished.
    case finished
    /// This side was the first to go before both had finished.
    case lost(TunnelSide, TunnelLoss)
    /// The router cut both sides off.
    case aborted(TunnelLoss)
}

extension TunnelLoss: CustomStringConvertible {
    /// For the log.
    public var description: String {
        switch self {
        case .cancelled: "cancelled"
        case .reset(let code): "reset with HTTP/2 error code \(code)"
        case .connectionLost: "connection lost"
        case .deadlineExceeded: "deadline exceeded"
        case .drainTimedOut: "drain time-out"
        case .leaseEnded(let reason): "lease ended: \(reason)"
        }
    }
}

extension TunnelOutcome: CustomStringConvertible {
    /// For the log.
    public var description: String {
        switch self {
        case .finished: "finished"
        case .lost(let side, let loss): "\(side): \(loss)"
        case .aborted(let loss): "\(loss)"
        }
    }
}
