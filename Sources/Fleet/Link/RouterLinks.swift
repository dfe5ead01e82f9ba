package import Logging
import ServiceLifecycle
import Synchronization

/// Keeps a router in touch with every controller: one call to each address that their names stand for.
package struct RouterLinks: Service {
    /// The time between two looks at the names, and so the longest wait before a broken call is made anew.
    private static let interval = Duration.seconds(1)

    private let resolve: @Sendable () async throws -> [RouterLinkAddress]
    private let client: RouterLinkClient
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let lines = Lines()

    /// - Parameter resolve: All addresses of all controllers now.
    package init(
        client: RouterLinkClient,
        clock: any Clock<Duration>,
        logger: Logger,
        resolve: @escaping @Sendable () async throws -> [RouterLinkAddress]
    ) {
        self.client = client
        self.clock = clock
        self.logger = logger
        self.resolve = resolve
    }

    package func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await keepUp() }
        } catch is CancellationError {
            // The end that was asked for.
        }
    }

    private func keepUp() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                for address in await addresses() where lines.open(address) {
                    group.addTask {
                        await report(to: address)
                        lines.close(address)
                    }
                }
                // DNS tells no news by itself; replicas come and go.
                try await clock.sleep(for: Self.interval)
            }
        }
    }

    private func addresses() async -> [RouterLinkAddress] {
        do {
            return try await resolve()
        } catch {
            logger.log(
                level: lines.level(of: "names"),
                "the controllers' names cannot be looked up",
                metadata: ["error": "\(error)"]
            )
            return []
        }
    }

    private func report(to address: RouterLinkAddress) async {
        do {
            try await client.report(to: address) {
                lines.isWell("\(address)")
                logger.notice("reports to a controller", metadata: ["controller": "\(address)"])
            }
        } catch {
            if Task.isCancelled { return }
            logger.log(
                level: lines.level(of: "\(address)"),
                "a controller cannot be reported to",
                metadata: ["controller": "\(address)", "error": "\(error)"]
            )
        }
    }

    /// The calls that are open, and what has been complained of.
    private final class Lines: Sendable {
        private let state = Mutex<(open: Set<RouterLinkAddress>, troubles: Set<String>)>(([], []))

        /// - Returns: whether it was not open yet.
        func open(_ address: RouterLinkAddress) -> Bool { state.withLock { $0.open.insert(address).inserted } }

        func close(_ address: RouterLinkAddress) { state.withLock { _ = $0.open.remove(address) } }

        /// A trouble is a warning when it begins, and detail while it lasts.
        func level(of trouble: String) -> Logger.Level {
            state.withLock { $0.troubles.insert(trouble).inserted ? .warning : .debug }
        }

        func isWell(_ trouble: String) { state.withLock { _ = $0.troubles.remove(trouble) } }
    }
}
