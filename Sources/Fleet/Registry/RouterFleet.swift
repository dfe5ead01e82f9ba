package import Logging
import Synchronization

/// Whether a tunnel may go on.
package enum LeaseStanding: Sendable, Hashable {
    /// The client still has the lease.
    case holds
    /// It has not: the tunnels end, for this reason.
    case over(CutOrder)
    /// The store does not answer. Nothing is cut on a suspicion; it is asked again with the next report.
    case unknown
}

/// The routers that report to this controller: the one place that knows which live, and that reaches them.
package final class RouterFleet: Sendable {
    /// Orders that wait for a call of a router; a router that does not take them has to call anew, and is told then.
    private static let backlog = 4_096

    /// A call of a router, as the fleet sees it.
    package struct Call: Sendable {
        let id: FleetState.CallID
        /// What the router is to be sent; ends when it has to call anew.
        package let messages: AsyncStream<ControllerMessage>
    }

    private struct Shared {
        var fleet = FleetState()
        var outlets: [FleetState.CallID: AsyncStream<ControllerMessage>.Continuation] = [:]
    }

    private let shared = Mutex(Shared())
    private let directory: @Sendable () -> RouterDirectory
    private let uptime: @Sendable () -> Duration
    private let logger: Logger

    /// - Parameters:
    ///   - directory: The routers that the configuration names now.
    ///   - uptime: A monotonic clock.
    package init(
        directory: @autoclosure @escaping @Sendable () -> RouterDirectory,
        uptime: @escaping @Sendable () -> Duration,
        logger: Logger
    ) {
        self.directory = directory
        self.uptime = uptime
        self.logger = logger
    }

    /// Every router that is known, as it stands now.
    package var candidates: [RouterCandidate] {
        let directory = directory()
        return shared.withLock { $0.fleet.candidates(directory, at: uptime()) }
    }

    /// The router for a tunnel; nil when there is none, or each is draining.
    /// - Parameters:
    ///   - labels: The exporter's.
    ///   - lease: The lease's name.
    package func choose(labels: [String: String], lease: String) -> RouterCandidate? {
        let directory = directory()
        return shared.withLock { shared in
            let candidates = shared.fleet.candidates(directory, at: uptime())
            let choice = RouterChoice.choose(among: candidates, labels: labels, lease: lease)
            if let choice { shared.fleet.sent(to: choice) }
            return choice
        }
    }

    /// A router has called.
    /// - Returns: nil when there are too many.
    package func begin(_ hello: RouterHello) -> Call? {
        let (messages, outlet) = AsyncStream.makeStream(
            of: ControllerMessage.self,
            bufferingPolicy: .bufferingOldest(Self.backlog)
        )
        let id = shared.withLock { shared in
            let id = shared.fleet.begin(hello, at: uptime())
            if let id { shared.outlets[id] = outlet }
            return id
        }
        guard let id else { return nil }
        logger.info("a router reports", metadata: ["router": "\(hello.endpoint)"])
        return Call(id: id, messages: messages)
    }

    /// A router has reported. Answers it, with orders to cut what should have been cut.
    /// - Parameter standing: Whether the tunnels of a client in a lease may go on.
    package func take(
        _ report: RouterReport,
        of call: Call,
        standing: (TunnelOwner) async -> LeaseStanding
    ) async {
        let owners = shared.withLock { $0.fleet.take(report, of: call.id, at: uptime()) }
        // At once: the router waits for the answer, the store may let us wait.
        send(ControllerMessage(), to: call.id)
        var checked: Set<TunnelOwner> = []
        var cuts: [CutOrder] = []
        for owner in owners {
            switch await standing(owner) {
            case .holds: checked.insert(owner)
            case .over(let order):
                checked.insert(owner)
                cuts.append(order)
            case .unknown: continue
            }
        }
        shared.withLock { $0.fleet.checked(checked, of: call.id) }
        if !cuts.isEmpty { send(ControllerMessage(cuts: cuts), to: call.id) }
    }

    /// A router's call has ended.
    package func end(_ call: Call, endpoint: String) {
        let outlet = shared.withLock { shared in
            shared.fleet.end(call.id, at: uptime())
            return shared.outlets.removeValue(forKey: call.id)
        }
        outlet?.finish()
        logger.notice("a router does not report any more", metadata: ["router": "\(endpoint)"])
    }

    /// Has the tunnels of a lease cut, at every router: any may have been sent one a moment ago.
    package func cut(_ order: CutOrder) {
        for id in shared.withLock({ $0.fleet.openCalls }) { send(ControllerMessage(cuts: [order]), to: id) }
    }

    private func send(_ message: ControllerMessage, to id: FleetState.CallID) {
        guard let outlet = shared.withLock({ $0.outlets[id] }) else { return }
        if case .dropped = outlet.yield(message) { outlet.finish() }
    }
}
