package import Foundation
import Synchronization

/// A time of day that a test sets; by default 2026-01-31T08:00:00Z.
package final class TestDate: Sendable {
    private let value: Mutex<Date>

    package init(_ date: Date = Date(timeIntervalSince1970: 1_769_846_400)) { value = Mutex(date) }

    /// The present, as the test has it.
    package var now: Date { value.withLock { $0 } }

    /// Moves the present by seconds.
    package func advance(by seconds: TimeInterval) { value.withLock { $0 += seconds } }

    /// For what wants a closure.
    package var source: @Sendable () -> Date { { self.now } }
}
