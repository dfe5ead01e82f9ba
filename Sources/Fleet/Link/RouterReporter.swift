/// Reports of a router over one call: at once, then each second, and when it begins to drain.
struct RouterReporter: Sendable {
    /// The time between two reports.
    static let interval = Duration.seconds(1)

    let router: any LinkedRouter
    let clock: any Clock<Duration>
    /// A monotonic clock, for rates.
    let uptime: @Sendable () -> Duration

    /// Reports until the task is cancelled.
    /// - Throws: what `send` throws; `CancellationError`.
    func run(_ send: (RouterReport) async throws -> Void) async throws {
        let (due, alarm) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        alarm.yield()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [router] in
                for await _ in router.drainBegins() {}
                alarm.yield()
            }
            group.addTask { [clock] in
                while true {
                    try await clock.sleep(for: Self.interval)
                    alarm.yield()
                }
            }
            defer { group.cancelAll() }
            var maker = ReportMaker()
            for await _ in due { try await send(maker.report(router.status, at: uptime())) }
            try Task.checkCancellation()
        }
    }
}
