/// A monotonic clock that counts from the first look at it, for what is compared within this process only.
enum ProcessUptime {
    private static let origin = ContinuousClock.now

    @Sendable static func now() -> Duration { origin.duration(to: .now) }
}
