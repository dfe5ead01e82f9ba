internal import HeapModule

/// The stream ids that must not be used again, each until its token has expired and can no longer be replayed.
///
/// Bound: `capacity` ids. When it is full nothing is forgotten early, which would open the door to replays;
/// ``isFull`` says so and the caller admits no new ids until old ones expire.
package struct UsedStreamIDs: Sendable {
    private struct Entry: Comparable, Sendable {
        let expiry: Int64
        let streamID: String

        static func < (lhs: Self, rhs: Self) -> Bool { lhs.expiry < rhs.expiry }
    }

    private var ids: Set<String> = []
    private var byExpiry = Heap<Entry>()
    private let capacity: Int

    /// - Parameter capacity: how many ids are remembered at most.
    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many ids are remembered.
    package var count: Int { ids.count }
    /// Whether no more ids can be remembered.
    package var isFull: Bool { ids.count >= capacity }

    /// Whether this id has been used.
    package func contains(_ streamID: String) -> Bool {
        ids.contains(streamID)
    }

    /// Remembers an id.
    ///
    /// - Parameter expiry: seconds since 1970 until which it is remembered: when the last of its tokens expires.
    package mutating func insert(_ streamID: String, until expiry: Int64) {
        guard ids.insert(streamID).inserted else { return }
        byExpiry.insert(Entry(expiry: expiry, streamID: streamID))
    }

    /// Forgets the ids whose tokens have expired.
    ///
    /// - Parameter now: seconds since 1970.
    package mutating func expire(now: Int64) {
        while let oldest = byExpiry.min, oldest.expiry < now {
            byExpiry.removeMin()
            ids.remove(oldest.streamID)
        }
    }
}
