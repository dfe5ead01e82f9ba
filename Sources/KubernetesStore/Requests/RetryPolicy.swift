/// When a failed request is tried again.
///
/// | failure | tried again |
/// |---|---|
/// | no connection (refused, time-out of connecting, TLS) | every request: it did not reach the server |
/// | 429, and 503 with Retry-After | every request: the server took no notice of it |
/// | 500, 502, 503, 504, a broken connection, no answer in time | `Repetition.harmless` only |
/// | 401 | every request once, with a fresh credential (no attempt is counted) |
/// | anything else | none |
///
/// Delays double from `initialDelay` to `maximumDelay` and are drawn evenly from 0 up ("full jitter"), or are what
/// Retry-After says. No attempt begins after `budget`.
struct RetryPolicy: Sendable {
    /// Whether carrying a request out twice does harm.
    enum Repetition: Sendable {
        /// Reads; writes with a resource version (the second is refused); creations under a given name (likewise).
        case harmless
        /// Anything else.
        case harmful
    }

    /// How an attempt failed.
    enum Failure: Sendable {
        case notSent
        case rejectedUnprocessed(retryAfter: Duration?)
        case uncertain
        case final
    }

    var maximumAttempts: Int
    var budget: Duration
    var initialDelay: Duration
    var maximumDelay: Duration

    /// How long to wait before the next attempt; nil for no further one.
    /// - Parameters:
    ///   - attempt: The number of the attempt that failed, from 1.
    ///   - elapsed: The time since the first one began.
    ///   - fraction: An even random number from 0 to 1.
    func delay(
        after failure: Failure,
        attempt: Int,
        elapsed: Duration,
        repetition: Repetition,
        fraction: Double
    ) -> Duration? {
        guard attempt < maximumAttempts else { return nil }
        let backoff = min(initialDelay * Int(1 << min(attempt - 1, 16)), maximumDelay) * fraction
        let delay: Duration
        switch failure {
        case .final: return nil
        case .uncertain:
            if repetition == .harmful { return nil }
            delay = backoff
        case .notSent: delay = backoff
        // Everybody who was told the same moment must not come back at the same moment.
        case .rejectedUnprocessed(let retryAfter): delay = (retryAfter ?? .zero) + backoff
        }
        return elapsed + delay <= budget ? delay : nil
    }
}
