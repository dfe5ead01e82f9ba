/// What scheduling says of a waiting lease.
package enum LeaseVerdict: Sendable, Hashable {
    /// It gets this exporter.
    case assign(Candidate)
    /// It waits; the condition Pending says why.
    case pending(Explanation)
    /// It can never be had as asked for; it ends.
    case unsatisfiable(Explanation)
    /// It makes no sense; it ends.
    case invalid(Explanation)
}

/// A reason for programs and a sentence for people.
package struct Explanation: Sendable, Hashable {
    /// CamelCase, from spec/leases.md ("Which exporter").
    package var reason: String
    package var message: String

    package init(_ reason: String, _ message: String) {
        self.reason = reason
        self.message = message
    }
}

/// An exporter that a lease may have, with the terms of the policy that allows it.
package struct Candidate: Sendable, Hashable {
    /// The exporter's name.
    package var exporter: String
    package var priority: Int
    package var spotAccess: Bool

    package init(exporter: String, priority: Int = 0, spotAccess: Bool = false) {
        self.exporter = exporter
        self.priority = priority
        self.spotAccess = spotAccess
    }
}
