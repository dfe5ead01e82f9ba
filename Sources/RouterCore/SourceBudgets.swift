/// What clients may cost that have not shown a good token, for each address that they come from.
///
/// Budgets of one connection do not bind a client that makes another one. So each connection takes one from the budget
/// of its address, and gives it back with the first of its calls that has a good token; calls that are refused and
/// connections that the router has to end take more. A budget fills up at a steady rate. When there is nothing in it,
/// the next connection waits until there is, and one that would have to wait too long is refused.
///
/// | who | what they notice |
/// |---|---|
/// | clients with good tokens, however many | nothing |
/// | a client that tries bad tokens, floods or scans | after the first hundreds, ten connections a second |
/// | clients that share its address | their new connections wait as its own do; running tunnels go on |
///
/// Kept as the moment at which the budget will be full again, which is all there is to know (the generic cell rate
/// algorithm, ITU-T I.371).
package struct SourceBudgets: Sendable {
    /// The same for every address.
    package struct Limits: Sendable, Hashable {
        /// What a full budget holds: connections without a call with a good token.
        package var connections: Int
        /// How many of them come back in a second.
        package var perSecond: Int

        /// Limits as given, each at least one.
        package init(connections: Int, perSecond: Int) {
            self.connections = max(1, connections)
            self.perSecond = max(1, perSecond)
        }
    }

    /// An address, or the part of one that one client has for itself.
    package struct Source: Sendable, Hashable {
        private let high: UInt64
        private let low: UInt64

        /// - Parameter ipv4: the address.
        package init(ipv4: UInt32) {
            (high, low) = (0, UInt64(ipv4) | 0xFFFF << 32)
        }

        /// The first half of it: an IPv6 network has 64 bits for its hosts, and one client may use them all. An IPv4
        /// address in IPv6's clothes (RFC 4291, 2.5.5.2) is the IPv4 address.
        ///
        /// - Parameters:
        ///   - high: the first eight bytes of the address.
        ///   - low: the other eight.
        package init(ipv6High high: UInt64, low: UInt64) {
            let isIPv4 = high == 0 && low >> 32 == 0xFFFF
            (self.high, self.low) = (high, isIPv4 ? low : 0)
        }
    }

    /// What becomes of a new connection.
    package enum Admission: Sendable, Hashable {
        /// It is served.
        case now
        /// It is served at this time, in nanoseconds.
        case later(Int64)
        /// It is not served.
        case refused
    }

    /// The longest wait, in nanoseconds: clients give up on a connection later than that.
    package static let patience: Int64 = 2_000_000_000
    private static let second: Int64 = 1_000_000_000

    private let capacity: Int
    /// The nanoseconds in which one comes back.
    private let cost: Int64
    private let full: Int64
    private let perSecond: Int
    /// When the budget of each address is full again. Bound: ``capacity``.
    private var fullAt: [Source: Int64] = [:]
    private var nextSweep = Int64.min

    /// - Parameter capacity: how many addresses are remembered; those beyond have no limit.
    package init(limits: Limits, capacity: Int = 16_384) {
        self.capacity = capacity
        perSecond = limits.perSecond
        cost = max(1, Self.second / Int64(limits.perSecond))
        full = cost * Int64(limits.connections)
    }

    /// How many addresses are remembered.
    package var count: Int { fullAt.count }

    /// A connection has come.
    ///
    /// - Parameter now: nanoseconds since any fixed moment.
    package mutating func arrive(_ source: Source, now: Int64) -> Admission {
        let before = max(fullAt[source] ?? now, now)
        let wait = before + cost - full - now
        guard wait <= Self.patience else { return .refused }
        set(source, before + cost, now: now)
        return wait > 0 ? .later(now + wait) : .now
    }

    /// A call of one of its connections has shown a good token, the first of that connection.
    package mutating func prove(_ source: Source) {
        fullAt[source]? -= cost
    }

    /// A call has been refused for what it is.
    package mutating func refuse(_ source: Source, now: Int64) {
        take(cost, from: source, now: now)
    }

    /// The router had to end a connection: as much as comes back in a second, for what it has cost before.
    package mutating func fault(_ source: Source, now: Int64) {
        take(cost * Int64(perSecond), from: source, now: now)
    }

    private mutating func take(_ amount: Int64, from source: Source, now: Int64) {
        // Never so much that nothing is served for longer than the patience.
        set(source, min(max(fullAt[source] ?? now, now) + amount, now + full + Self.patience - cost), now: now)
    }

    private mutating func set(_ source: Source, _ moment: Int64, now: Int64) {
        if fullAt.count >= capacity, fullAt[source] == nil {
            guard now >= nextSweep else { return }
            nextSweep = now + Self.second
            fullAt = fullAt.filter { $0.value > now }
            guard fullAt.count < capacity else { return }
        }
        fullAt[source] = moment
    }
}
