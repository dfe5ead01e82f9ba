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
    /// - Parameters:
    ///   - address: that of its peer; one without has no limit.
    ///   - mayWait: whether there is room for it to wait; it is refused otherwise.
    func arrive(_ address: SocketAddress?, now: NIODeadline, mayWait: Bool) -> SourceBudgets.Admission {
        guard let source = SourceBudgets.Source(address) else { return .now }
        let now = Int64(now.uptimeNanoseconds)
        let (admission, logs) = state.withLock { state in
            var admission = state.budgets.arrive(source, now: now)
            if case .later = admission, !mayWait { admission = .refused }
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
        switch address {
        case .v4:
            self = address.withSockAddr { pointer, size in
                let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
                return .init(ipv4: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
            }
        case .v6:
            self = address.withSockAddr { pointer, size in
                let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
                return .init(
                    ipv6High: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                    low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
                )
            }
        case .unixDomainSocket: return nil
        }
    }
}
