import Crypto
package import Foundation
import Synchronization

/// Remembers which tokens were found genuine, so that a call does not cost a signature check each time.
///
/// Keyed by the token's SHA-256, so tokens themselves are not kept. An entry is good until the token expires, and at
/// most ``maximumAge`` after the check, so that a key an issuer withdraws stops counting soon.
///
/// Bound: `capacity` entries, about 150 bytes each. There are two generations of half of it; when the young one is
/// full it becomes the old one and what was old is forgotten. An entry used again moves to the young one. Lookup and
/// insertion are constant time without any bookkeeping of order.
package final class VerifiedTokenCache: Sendable {
    /// Longest time an entry is believed without a new check, in seconds.
    package static let maximumAge: TimeInterval = 300

    private struct Entry {
        let user: AuthenticatedUser
        let validUntil: Date
    }

    private struct Generations {
        var young: [SHA256.Digest: Entry] = [:]
        var old: [SHA256.Digest: Entry] = [:]
    }

    private let halfCapacity: Int
    private let generations = Mutex(Generations())

    /// Creates an empty cache.
    ///
    /// - Parameter capacity: greatest number of entries; at least 2.
    package init(capacity: Int = 10_000) {
        halfCapacity = max(1, capacity / 2)
    }

    /// The number of entries, expired ones included.
    package var count: Int {
        generations.withLock { $0.young.count + $0.old.count }
    }

    /// The user a token was found to belong to, if that is still good at `now`.
    package func user(for token: String, now: Date) -> AuthenticatedUser? {
        let key = SHA256.hash(data: Data(token.utf8))
        return generations.withLock { generations in
            if let entry = generations.young[key] {
                return entry.validUntil > now ? entry.user : nil
            }
            guard let entry = generations.old.removeValue(forKey: key), entry.validUntil > now else { return nil }
            insert(entry, for: key, into: &generations)
            return entry.user
        }
    }

    /// Remembers a token that was verified at `now`.
    package func insert(_ user: AuthenticatedUser, for token: String, now: Date) {
        let key = SHA256.hash(data: Data(token.utf8))
        let validUntil = min(user.expiresAt, now.addingTimeInterval(Self.maximumAge))
        generations.withLock { insert(Entry(user: user, validUntil: validUntil), for: key, into: &$0) }
    }

    private func insert(_ entry: Entry, for key: SHA256.Digest, into generations: inout Generations) {
        if generations.young.count >= halfCapacity, generations.young[key] == nil {
            generations.old = generations.young
            generations.young = [:]
        }
        generations.young[key] = entry
        generations.old[key] = nil
    }
}
