/// Which routers there are and how they are, from what they report; without I/O. Times are those of a monotonic clock,
/// counted from any beginning.
///
/// | a router | counts as |
/// |---|---|
/// | that the configuration names and that has never reported | unknown |
/// | with an open call, whose last report is at most 3 s old | alive, or draining if it says so |
/// | whose call is open but silent, or has ended | dead |
/// | that the configuration does not name, a minute after its death | forgotten |
///
/// A router is known by its name, or by its endpoint if it gives none; one that the configuration names, by either.
/// When it calls twice, from a new process beside a connection that nobody has closed
/// yet, the newer call speaks for it; the older one does again if it outlives the newer.
package struct FleetState: Sendable {
    /// A call of a router.
    package typealias CallID = UInt64

    /// How old the last report of a router may be: three are due in that time.
    package static let silenceLimit = Duration.seconds(3)
    /// How long a router that is gone and not configured is remembered.
    package static let memory = Duration.seconds(60)
    /// Routers that may report, counted by their endpoints.
    package static let limit = 1_000
    /// Leases whose tunnels one call may report.
    package static let ownersLimit = 40_000

    private struct Router {
        var hello: RouterHello
        var call: CallID
        var isOpen = true
        var lastHeard: Duration
        var report: RouterReport?
        /// Streams that were sent to it since its last report.
        var onTheWay = 0
    }

    private struct Call {
        var hello: RouterHello
        var owners: Set<TunnelOwner> = []
        /// Of those, the ones of which it is not known whether their lease still holds.
        var unchecked: Set<TunnelOwner> = []
    }

    private var routers: [String: Router] = [:]
    private var calls: [CallID: Call] = [:]
    private var lastCall: CallID = 0

    package init() {}

    /// Calls that are open.
    package var openCalls: [CallID] { Array(calls.keys) }

    /// A router has called.
    /// - Returns: nil when there are too many.
    package mutating func begin(_ hello: RouterHello, at now: Duration) -> CallID? {
        forget(at: now)
        guard routers[hello.identity] != nil || routers.count < Self.limit else { return nil }
        lastCall += 1
        calls[lastCall] = Call(hello: hello)
        let known = routers[hello.identity]
        routers[hello.identity] = Router(
            hello: hello,
            call: lastCall,
            lastHeard: now,
            report: known?.report,
            onTheWay: known?.onTheWay ?? 0
        )
        return lastCall
    }

    /// A router has reported.
    /// - Returns: the owners of tunnels whose leases are to be looked at.
    package mutating func take(_ report: RouterReport, of id: CallID, at now: Duration) -> Set<TunnelOwner> {
        guard var call = calls[id] else { return [] }
        call.owners.subtract(report.over ?? [])
        call.unchecked.subtract(report.over ?? [])
        for owner in report.begun ?? [] where call.owners.count < Self.ownersLimit {
            if call.owners.insert(owner).inserted { call.unchecked.insert(owner) }
        }
        calls[id] = call
        if var router = routers[call.hello.identity], router.call == id || !router.isOpen {
            router.call = id
            router.isOpen = true
            router.hello = call.hello
            router.lastHeard = now
            router.report = report
            router.onTheWay = 0
            routers[call.hello.identity] = router
        }
        return call.unchecked
    }

    /// The leases of these tunnels hold, or an order to cut them is on its way.
    package mutating func checked(_ owners: Set<TunnelOwner>, of id: CallID) {
        calls[id]?.unchecked.subtract(owners)
    }

    /// A call has ended.
    package mutating func end(_ id: CallID, at now: Duration) {
        guard let call = calls.removeValue(forKey: id), routers[call.hello.identity]?.call == id else { return }
        routers[call.hello.identity]?.isOpen = false
    }

    /// Every router that a tunnel might go through.
    package func candidates(_ directory: RouterDirectory, at now: Duration) -> [RouterCandidate] {
        var found: [String: RouterCandidate] = [:]
        var configured: Set<String> = []
        for entry in directory.entries {
            let identity = identity(name: entry.name, endpoint: entry.endpoint)
            if let identity { configured.insert(identity) }
            found[entry.endpoint] = candidate(entry, identity.flatMap { routers[$0] }, at: now)
        }
        for (identity, router) in routers where !configured.contains(identity) && !isForgotten(router, at: now) {
            found[router.hello.endpoint] = candidate(RouterEntry(router.hello), router, at: now)
        }
        if let fallback = directory.fallback, found.values.allSatisfy({ $0.state == .dead }) {
            found[fallback.endpoint] = found[fallback.endpoint] ?? candidate(fallback, nil, at: now)
        }
        return found.values.sorted { ($0.name, $0.endpoint) < ($1.name, $1.endpoint) }
    }

    /// A tunnel's two streams are about to come to a router.
    package mutating func sent(to choice: RouterCandidate) {
        guard let identity = identity(name: choice.name, endpoint: choice.endpoint) else { return }
        routers[identity]?.onTheWay += 2
    }

    /// How a router is known that the configuration calls so, or that is reached there. Its own word about its endpoint
    /// matters less than its name: behind a port mapping it does not know how it is reached.
    private func identity(name: String, endpoint: String) -> String? {
        if routers[name] != nil { return name }
        return routers.first { $0.value.hello.endpoint == endpoint }?.key
    }

    private func candidate(_ entry: RouterEntry, _ router: Router?, at now: Duration) -> RouterCandidate {
        RouterCandidate(
            name: entry.name,
            endpoint: entry.endpoint,
            // What the configuration says of a router wins over what it says of itself.
            labels: (router?.hello.labels ?? [:]).merging(entry.labels) { $1 },
            state: state(of: router, at: now),
            streams: (router?.report?.streams ?? 0) + (router?.onTheWay ?? 0),
            capacity: router?.hello.capacity ?? 1
        )
    }

    private func state(of router: Router?, at now: Duration) -> RouterCandidate.State {
        guard let router else { return .unknown }
        if !router.isOpen || now - router.lastHeard > Self.silenceLimit { return .dead }
        return router.report?.isDraining == true ? .draining : .alive
    }

    private func isForgotten(_ router: Router, at now: Duration) -> Bool {
        !router.isOpen && now - router.lastHeard > Self.memory
    }

    private mutating func forget(at now: Duration) {
        routers = routers.filter { !isForgotten($0.value, at: now) }
    }
}

extension RouterEntry {
    fileprivate init(_ hello: RouterHello) {
        self.init(name: hello.name ?? hello.endpoint, endpoint: hello.endpoint, labels: hello.labels ?? [:])
    }
}

extension RouterHello {
    fileprivate var identity: String { name ?? endpoint }
}
