import Foundation
import Resources

/// How close a client's token is to its end: the condition TokenExpiring (spec/resources.md, Client).
struct TokenExpiry {
    static let conditionType = "TokenExpiring"

    private static let day: TimeInterval = 86_400

    /// Valid, ExpiresWithin30Days, ExpiresWithin7Days or Expired.
    let reason: String
    let expiresAt: Date
    /// When the reason changes next; nil after the end.
    let nextChange: Date?

    init(expiresAt: Date, now: Date) {
        self.expiresAt = expiresAt
        let left = expiresAt.timeIntervalSince(now)
        (reason, nextChange) =
            switch left {
            case ...0: ("Expired", nil)
            case ...(7 * Self.day): ("ExpiresWithin7Days", expiresAt)
            case ...(30 * Self.day): ("ExpiresWithin30Days", expiresAt.addingTimeInterval(-7 * Self.day))
            default: ("Valid", expiresAt.addingTimeInterval(-30 * Self.day))
            }
    }

    var isSoon: Bool { reason != "Valid" }

    var message: String {
        reason == "Expired"
            ? "The token expired at \(Timestamp(expiresAt))" : "The token expires at \(Timestamp(expiresAt))"
    }

    func condition(now: Timestamp) -> Condition {
        Condition(
            type: Self.conditionType,
            status: isSoon ? .isTrue : .isFalse,
            lastTransitionTime: now,
            reason: reason,
            message: message
        )
    }
}
