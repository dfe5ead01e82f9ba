import Synchronization

/// A token bucket that makes requests wait, so that a fault of ours does not burden the API server.
///
/// Requests are let through in the order in which they came; each reserves its token before it waits.
final class RateLimiter: Sendable {
    /// The bucket, as a value.
    struct Bucket: Sendable {
        let rate: Double
        let burst: Double
        private var tokens: Double
        private var last: Duration = .zero

        init(rate: Double, burst: Double) {
            self.rate = rate
            self.burst = burst
            self.tokens = burst
        }

        /// Takes a token at a moment; answers how long to wait before using it.
        mutating func reserve(at now: Duration) -> Duration {
            tokens = min(burst, tokens + (now - last).seconds * rate) - 1
            last = now
            return tokens >= 0 ? .zero : .seconds(-tokens / rate)
        }

        /// Gives back a token that was not used.
        mutating func giveBack() { tokens += 1 }
    }

    private let bucket: Mutex<Bucket>
    private let stopwatch: Stopwatch
    private let clock: any Clock<Duration>

    init(rate: Double, burst: Double, clock: any Clock<Duration>) {
        self.bucket = Mutex(Bucket(rate: rate, burst: burst))
        self.stopwatch = Stopwatch(clock)
        self.clock = clock
    }

    /// - Throws: `CancellationError`.
    func wait() async throws {
        let delay = bucket.withLock { $0.reserve(at: stopwatch.elapsed()) }
        if delay == .zero { return }
        do {
            try await clock.sleep(for: delay)
        } catch {
            bucket.withLock { $0.giveBack() }
            throw error
        }
    }
}

extension Duration {
    /// The duration in seconds, as far as a Double tells.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
