internal import NIOCore

/// How many connections may be opened at once: shake hands and bring their first call.
///
/// That computes for a good part of a millisecond on the event loop that also carries tunnels. When a thousand clients
/// come at once, NIO would do in a row the part that each of them is ready for, and all tunnels would stand still
/// meanwhile. So no further connection is accepted while many are at it; it waits in the backlog of the socket, where it
/// costs nothing. A client that is slow keeps a place only for a moment.
struct HandshakePace: Sendable {
    private let places: Int
    private let patience: TimeAmount
    /// When each of those that are at it was accepted, the oldest first. Bound: ``places``.
    private var accepted: [(id: ObjectIdentifier, at: NIODeadline)] = []

    /// - Parameters:
    ///   - places: how many may be at it at once.
    ///   - patience: how long one of them keeps its place.
    init(places: Int, patience: TimeAmount) {
        self.places = places
        self.patience = patience
    }

    mutating func began(_ id: ObjectIdentifier, now: NIODeadline) {
        accepted.append((id, now))
    }

    mutating func ended(_ id: ObjectIdentifier) {
        accepted.removeAll { $0.id == id }
    }

    /// When there may be a place again if none of those who have one is done before; nil if there is one now.
    mutating func fullUntil(now: NIODeadline) -> NIODeadline? {
        accepted.removeAll { $0.at + patience <= now }
        guard accepted.count >= places, let oldest = accepted.first else { return nil }
        return oldest.at + patience
    }
}
