package import Foundation

/// The wall clock as the controller sees it: leases begin and end at moments of civil time, so the clock that tests
/// inject must carry dates.
package protocol TimeSource: Sendable {
    func now() -> Date

    /// Returns once `now()` has reached the date.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func sleep(until date: Date) async throws
}

/// The machine's clock.
package struct SystemTime: TimeSource {
    /// A sleep never lasts longer than this, so that a step of the wall clock (NTP, a suspended machine) delays a
    /// deadline by no more.
    private static let longestSleep: TimeInterval = 15

    package init() {}

    package func now() -> Date { Date() }

    package func sleep(until date: Date) async throws {
        while true {
            let remaining = date.timeIntervalSince(now())
            if remaining <= 0 { return }
            try await Task.sleep(for: .seconds(min(remaining, Self.longestSleep)))
        }
    }
}
