/// What the shell must do after an event of a ``TunnelStateMachine``.
public struct TunnelEffects: OptionSet, Sendable, Hashable {
    /// One bit for each effect.
    public let rawValue: UInt8

    /// Effects by their bits.
    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Let the first call take what is queued for it.
    @inlinable public static var drainFirst: Self { Self(rawValue: 1) }
    /// Let the second call take what is queued for it.
    @inlinable public static var drainSecond: Self { Self(rawValue: 2) }
    /// Read from the first call's peer again.
    @inlinable public static var resumeFirst: Self { Self(rawValue: 4) }
    /// Read from the second call's peer again.
    @inlinable public static var resumeSecond: Self { Self(rawValue: 8) }
    /// Both calls have ended; said once.
    @inlinable public static var over: Self { Self(rawValue: 16) }

    /// Let `side` take what is queued for it.
    @inlinable
    public static func drain(_ side: TunnelSide) -> Self {
        side == .first ? .drainFirst : .drainSecond
    }

    /// Read from the peer of `side` again.
    @inlinable
    public static func resume(_ side: TunnelSide) -> Self {
        side == .first ? .resumeFirst : .resumeSecond
    }
}
