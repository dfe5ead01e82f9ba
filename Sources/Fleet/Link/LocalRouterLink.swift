import ServiceLifecycle

/// A router that runs in the controller's process: the same reports and orders, without a call.
package struct LocalRouterLink: Service {
    private let fleet: RouterFleet
    private let standing: @Sendable (TunnelOwner) async -> LeaseStanding
    private let hello: RouterHello
    private let reporter: RouterReporter

    /// - Parameter standing: Whether the tunnels of a client in a lease may go on.
    package init(
        fleet: RouterFleet,
        standing: @escaping @Sendable (TunnelOwner) async -> LeaseStanding,
        router: any LinkedRouter,
        hello: RouterHello,
        clock: any Clock<Duration>,
        uptime: @escaping @Sendable () -> Duration
    ) {
        self.fleet = fleet
        self.standing = standing
        self.hello = hello
        reporter = RouterReporter(router: router, clock: clock, uptime: uptime)
    }

    package func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await report() }
        } catch is CancellationError {
            // The end that was asked for.
        }
    }

    private func report() async throws {
        while let call = fleet.begin(hello) {
            defer { fleet.end(call, endpoint: hello.endpoint) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await message in call.messages {
                        for order in message.cuts ?? [] { reporter.router.cut(order) }
                    }
                }
                group.addTask {
                    try await reporter.run { report in
                        await fleet.take(report, of: call, standing: standing)
                    }
                }
                defer { group.cancelAll() }
                try await group.next()
            }
            try Task.checkCancellation()
        }
    }
}
