/// A router as its reports need it.
package protocol LinkedRouter: Sendable {
    /// How it is now.
    var status: LinkedRouterStatus { get }

    /// Ends the tunnels of a lease.
    func cut(_ order: CutOrder)

    /// Ends when the router begins to drain.
    func drainBegins() -> AsyncStream<Void>
}

/// How a router is at one moment.
package struct LinkedRouterStatus: Sendable, Hashable {
    /// Tunnels.
    package var pairs: Int
    /// Streams that wait for their partner.
    package var waiting: Int
    /// Payload bytes handed on since the start.
    package var bytes: UInt64
    package var isDraining: Bool
    /// Whose tunnels run.
    package var owners: Set<TunnelOwner>

    package init(pairs: Int, waiting: Int, bytes: UInt64, isDraining: Bool, owners: Set<TunnelOwner>) {
        self.pairs = pairs
        self.waiting = waiting
        self.bytes = bytes
        self.isDraining = isDraining
        self.owners = owners
    }
}

/// Makes the reports of one call out of how the router is at different moments.
struct ReportMaker {
    private var last: (status: LinkedRouterStatus, moment: Duration)?

    mutating func report(_ status: LinkedRouterStatus, at moment: Duration) -> RouterReport {
        defer { last = (status, moment) }
        let before = last?.status.owners ?? []
        let begun = status.owners.subtracting(before)
        let over = before.subtracting(status.owners)
        return RouterReport(
            pairs: status.pairs,
            waiting: status.waiting,
            bytesPerSecond: rate(status, at: moment),
            isDraining: status.isDraining,
            begun: begun.isEmpty ? nil : Array(begun),
            over: over.isEmpty ? nil : Array(over)
        )
    }

    private func rate(_ status: LinkedRouterStatus, at moment: Duration) -> Double {
        guard let last, moment > last.moment, status.bytes >= last.status.bytes else { return 0 }
        return Double(status.bytes - last.status.bytes) / ((moment - last.moment) / .seconds(1))
    }
}
