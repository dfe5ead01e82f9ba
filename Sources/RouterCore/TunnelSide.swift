/// Which of the two calls of a tunnel: the one that came first or the one that came second.
public enum TunnelSide: Sendable, Hashable, CaseIterable {
    case first
    case second

    /// The other one.
    @inlinable public var other: TunnelSide { self == .first ? .second : .first }
}
