internal import Logging
internal import NIOCore
internal import RouterCore
internal import Synchronization

/// Keeps the ``SourceBudgets`` of a router: the acceptor asks, connections report.
final class SourceGuard: Sendable {
    private struct State {
        var budgets: SourceBudgets
        /// One line in ten seconds says enough.
        var logLines = RateBudget(limit: 1, window: 10_000_000_000)
    }

    private let state: Mutex<State>
    private let metrics: RouterMetrics
    private let logger: Logger

    init(limits: SourceBudgets.Limits, metrics: RouterMetrics, logger: Logger) {
        state = Mutex(State(budgets: SourceBudgets(limits: limits)))
        self.metrics = metrics
        self.logger = logger
    }

    /// A connection has come.
    ///
    /// - Parameter address: that of its peer; one without has no limit.
    func arrive(_ address: SocketAddress?, now: NIODeadline) -> SourceBudgets.Admission {
        guard let source = SourceBudgets.Source(address) else { return .now }
        let now = Int64(now.uptimeNanoseconds)
        let (admission, logs) = state.withLock { state in
            let admission = state.budgets.arrive(source, now: now)
            return (admission, admission != .now && state.logLines.spend(now: now))
        }
        if logs {
            logger.warning(
                "Connections of an address are held back: too many came without a good token",
                metadata: ["address": "\(address?.ipAddress ?? "unknown")"]
            )
        }
        metrics.recordAdmission(admission)
        return admission
    }

    /// See ``SourceBudgets/prove(_:)``.
    func prove(_ address: SocketAddress?) {
        guard let source = SourceBudgets.Source(address) else { return }
        state.withLock { $0.budgets.prove(source) }
    }

    /// See ``SourceBudgets/refuse(_:now:)``.
    func refuse(_ address: SocketAddress?, now: NIODeadline) {
        guard let source = SourceBudgets.Source(address) else { return }
        state.withLock { $0.budgets.refuse(source, now: Int64(now.uptimeNanoseconds)) }
    }

    /// See ``SourceBudgets/fault(_:now:)``.
    func fault(_ address: SocketAddress?, now: NIODeadline) {
        guard let source = SourceBudgets.Source(address) else { return }
        state.withLock { $0.budgets.fault(source, now: Int64(now.uptimeNanoseconds)) }
    }
}

extension SourceBudgets.Source {
    /// Nil for what is no IP address.
    init?(_ address: SocketAddress?) {
        guard let address else { return nil }
        // Where the address is in `sockaddr_in` and in `sockaddr_in6`: the same on every system that has them.
        let (start, length): (Int, Int)
        switch address {
        case .v4: (start, length) = (4, 4)
        case .v6: (start, length) = (8, 16)
        case .unixDomainSocket: return nil
        }
        let bytes = address.withSockAddr { pointer, size in
            Array(UnsafeRawBufferPointer(start: pointer, count: size).dropFirst(start).prefix(length))
        }
        if length == 16 {
            self.init(ipv6: bytes)
        } else {
            self.init(ipv4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
        }
    }
}
