/// How often something may happen in a window of time. Windows follow each other, so it costs no memory for each event.
package struct RateBudget: Sendable, Hashable {
    private let limit: Int
    private let window: Int64
    private var windowEnd = Int64.min
    private var spent = 0

    /// - Parameters:
    ///   - limit: events in one window.
    ///   - window: its length, in nanoseconds.
    package init(limit: Int, window: Int64 = 30_000_000_000) {
        self.limit = limit
        self.window = window
    }

    /// It has happened once more.
    ///
    /// - Parameter now: nanoseconds since any fixed moment.
    /// - Returns: whether that is still within the budget.
    package mutating func spend(now: Int64) -> Bool {
        if now >= windowEnd {
            windowEnd = now + window
            spent = 0
        }
        spent += 1
        return spent <= limit
    }
}
