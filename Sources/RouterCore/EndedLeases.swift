internal import DequeModule

/// The leases whose tunnels were cut, by uid, each for as long as a token of it may still be good.
///
/// Bound: `capacity` uids. When it is full the oldest is forgotten; a late call of such a lease is paired then, and cut
/// as soon as the controller has heard of it.
package struct EndedLeases: Sendable {
    private var uids: Set<String> = []
    private var byExpiry = Deque<(uid: String, expiry: Int64)>()
    private let capacity: Int

    /// - Parameter capacity: how many are remembered at most.
    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many are remembered.
    package var count: Int { uids.count }

    /// Whether this lease has ended.
    package func contains(_ uid: String) -> Bool { uids.contains(uid) }

    /// Remembers a lease.
    ///
    /// - Parameter expiry: seconds since 1970 until which it is remembered; never earlier than that of the last one.
    package mutating func insert(_ uid: String, until expiry: Int64) {
        guard uids.insert(uid).inserted else { return }
        byExpiry.append((uid, expiry))
        if uids.count > capacity { forgetOldest() }
    }

    /// Forgets the leases whose tokens have expired.
    ///
    /// - Parameter now: seconds since 1970.
    package mutating func expire(now: Int64) {
        while let oldest = byExpiry.first, oldest.expiry < now { forgetOldest() }
    }

    private mutating func forgetOldest() {
        if let oldest = byExpiry.popFirst() { uids.remove(oldest.uid) }
    }
}
