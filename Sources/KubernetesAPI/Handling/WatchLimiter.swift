import Synchronization

/// Bounds how many watches go on at a time.
final class WatchLimiter: Sendable {
    private let maximum: Int
    private let count = Mutex(0)

    init(maximum: Int) { self.maximum = maximum }

    /// - Throws: `APIStatus` 429 when there are as many as may be.
    func permit() throws(APIStatus) -> WatchPermit {
        let isGranted = count.withLock { count in
            guard count < maximum else { return false }
            count += 1
            return true
        }
        guard isGranted else {
            throw .tooManyRequests("too many watches: at most \(maximum) at a time", retryAfterSeconds: 5)
        }
        return WatchPermit(limiter: self)
    }

    fileprivate func release() { count.withLock { $0 -= 1 } }
}

/// One watch's place; given back when the last reference goes, even if the watch was never written.
final class WatchPermit: Sendable {
    private let limiter: WatchLimiter

    fileprivate init(limiter: WatchLimiter) { self.limiter = limiter }

    deinit { limiter.release() }
}
