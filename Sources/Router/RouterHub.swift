internal import Authentication
internal import Foundation
internal import Logging
internal import NIOCore
internal import RouterCore
internal import Synchronization

/// What all connections of a router share: who waits, who is paired, how much that is.
final class RouterHub: Sendable {
    /// What becomes of a call.
    enum Admission {
        case wait(PairingStateMachine<Tunnel>.Ticket, Tunnel)
        case paired(Tunnel)
        case refused(RouterCore.Refusal)
    }

    private struct State {
        var pairing: PairingStateMachine<Tunnel>
        /// Bound: the limit of streams.
        var running: [ObjectIdentifier: Tunnel] = [:]
        var bytesOfEnded: UInt64 = 0
        var ended = EndedLeases(capacity: RouterHub.endedLeasesLimit)
        /// Who wants to know at once when the router begins to drain. Bound: one for each controller.
        var drainWatchers: [AsyncStream<Void>.Continuation] = []
    }

    /// Leases remembered after their tunnels were cut: at one an hour for each of ten thousand exporters, half an hour
    /// has five thousand.
    private static let endedLeasesLimit = 65_536

    let configuration: RouterConfiguration
    let logger: Logger
    let metrics = RouterMetrics()

    private let authority: RouterTokenAuthority
    private let now: @Sendable () -> Date
    private let state: Mutex<State>
    private let idle = AsyncStream.makeStream(of: Never.self)

    init(
        configuration: RouterConfiguration,
        authority: RouterTokenAuthority,
        logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.configuration = configuration
        self.authority = authority
        self.logger = logger
        self.now = now
        state = Mutex(State(pairing: PairingStateMachine(limits: configuration.pairingLimits)))
        metrics.record(waiting: 0, pairs: 0)
    }

    /// Checks a call's token.
    func authenticate(_ token: String) throws(RouterTokenError) -> RouterToken {
        try authority.verify(token, now: now())
    }

    /// A call with a valid token has come.
    func arrive(_ token: RouterToken, end: TunnelEnd) -> Admission {
        let request = PairingRequest(token)
        let moment = Int64(now().timeIntervalSince1970)
        let arrival = state.withLock { state in
            state.ended.expire(now: moment)
            if let uid = request.leaseUID, state.ended.contains(uid) {
                return PairingStateMachine<Tunnel>.Arrival.refuse(.leaseEnded)
            }
            let arrival = state.pairing.arrive(waitingTunnel(token, end), request, now: moment)
            if case .pair(let tunnel) = arrival { state.running[ObjectIdentifier(tunnel)] = tunnel }
            recordGauges(state.pairing)
            return arrival
        }
        switch arrival {
        case .refuse(let refusal): return .refused(refusal)
        case .wait(let ticket, let tunnel): return .wait(ticket, tunnel)
        case .pair(let tunnel): return pair(tunnel, with: end, TunnelParties(token, side: .second))
        }
    }

    /// A waiting call's peer has left. See ``PairingStateMachine/withdraw(_:)``.
    func withdraw(_ ticket: PairingStateMachine<Tunnel>.Ticket) -> Bool {
        state.withLock { state in
            defer { recordGauges(state.pairing) }
            return state.pairing.withdraw(ticket)
        }
    }

    /// A waiting call's time is up. See ``PairingStateMachine/timeOut(_:)``.
    func timeOut(_ ticket: PairingStateMachine<Tunnel>.Ticket) -> Bool {
        state.withLock { state in
            defer { recordGauges(state.pairing) }
            return state.pairing.timeOut(ticket)
        }
    }

    /// Both calls of a tunnel have ended.
    func tunnelIsOver(_ tunnel: Tunnel) {
        let traffic = tunnel.traffic
        remove(tunnel, bytes: traffic.toFirst.bytes + traffic.toSecond.bytes)
        logEnd(of: tunnel, traffic)
    }

    /// Refuses new calls from now on and ends those that wait.
    func drain() {
        let (waiting, watchers) = state.withLock { state in
            defer {
                recordGauges(state.pairing)
                state.drainWatchers = []
            }
            return (state.pairing.drain(), state.drainWatchers)
        }
        for watcher in watchers { watcher.finish() }
        for tunnel in waiting { tunnel.refuseFirst(.draining) }
        finishIfIdle()
    }

    /// Ends when the router begins to drain.
    func drainBegins() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let isDraining = state.withLock { state in
            if !state.pairing.isDraining { state.drainWatchers.append(continuation) }
            return state.pairing.isDraining
        }
        if isDraining { continuation.finish() }
        return stream
    }

    /// Returns when, after ``drain()``, the last tunnel has ended, or when the task is cancelled.
    func waitUntilIdle() async {
        for await _ in idle.stream {}
    }

    /// Cuts off the tunnels that still run.
    func abortAll(_ loss: TunnelLoss) {
        let running = state.withLock { Array($0.running.values) }
        for tunnel in running { tunnel.abort(loss) }
    }

    /// Refuses the calls of a lease that wait, and those that come later if the lease is over as a whole.
    /// - Returns: how many waited.
    func close(_ cut: LeaseCut) -> Int {
        let expiry = Int64(now().timeIntervalSince1970) + Int64(RouterToken.lifetime + RouterToken.clockSkew)
        let waiting = state.withLock { state in
            defer { recordGauges(state.pairing) }
            if let uid = cut.uid, cut.client == nil { state.ended.insert(uid, until: expiry) }
            return state.pairing.withdraw { cut.concerns(lease: $0.lease, uid: $0.leaseUID, client: $0.client) }
        }
        for tunnel in waiting { tunnel.refuseFirst(.leaseEnded, detail: cut.reason) }
        finishIfIdle()
        return waiting.count
    }

    /// Ends the tunnels of a lease, and the calls that wait for one. See ``RouterServer/cut(_:)``.
    func cut(_ cut: LeaseCut) -> Int {
        let waiting = close(cut)
        let theirs = tunnels(of: cut)
        for tunnel in theirs { tunnel.abort(.leaseEnded(reason: cut.reason)) }
        finishIfIdle()
        return waiting + theirs.count
    }

    /// Whether any tunnel that an order is about still runs.
    func hasTunnels(of cut: LeaseCut) -> Bool { !tunnels(of: cut).isEmpty }

    private func tunnels(of cut: LeaseCut) -> [Tunnel] {
        state.withLock { Array($0.running.values) }.filter { tunnel in
            let parties = tunnel.parties
            return cut.concerns(lease: parties.lease, uid: parties.leaseUID, client: parties.client)
        }
    }

    /// Whose tunnels run now.
    var leases: Set<TunnelLease> {
        Set(state.withLock { Array($0.running.values) }.compactMap { TunnelLease($0.parties) })
    }

    /// The tunnels that run now.
    var tunnels: [TunnelSnapshot] {
        let now = NIODeadline.now()
        return state.withLock { Array($0.running.values) }.compactMap { $0.snapshot(now: now) }
    }

    /// The load now.
    func load(connections: Int) -> RouterLoad {
        let (load, running) = state.withLock { state in
            let load = RouterLoad(
                pairs: state.pairing.pairCount,
                waitingStreams: state.pairing.waitingCount,
                connections: connections,
                bytes: state.bytesOfEnded,
                isDraining: state.pairing.isDraining
            )
            return (load, Array(state.running.values))
        }
        return running.reduce(into: load) { load, tunnel in
            load.bytes += tunnel.deliveredBytes
        }
    }
}

extension RouterHub {
    private func waitingTunnel(_ token: RouterToken, _ first: TunnelEnd) -> Tunnel {
        Tunnel(
            streamID: token.streamID,
            parties: TunnelParties(token, side: .first),
            first: first,
            queueLimit: configuration.queueLimit,
            hub: self,
            now: first.eventLoop.now
        )
    }

    private func pair(_ tunnel: Tunnel, with second: TunnelEnd, _ parties: TunnelParties) -> Admission {
        let first = tunnel.end(.first)
        guard tunnel.join(second, parties) else {
            tunnel.refuseFirst(.incompatibleEncoding)
            remove(tunnel, bytes: 0)
            return .refused(.incompatibleEncoding)
        }
        metrics.recordPair(afterNanoseconds: (second.eventLoop.now - tunnel.createdAt).nanoseconds)
        logBeginning(of: tunnel, first, second)
        return .paired(tunnel)
    }

    private func remove(_ tunnel: Tunnel, bytes: UInt64) {
        state.withLock { state in
            guard state.running.removeValue(forKey: ObjectIdentifier(tunnel)) != nil else { return }
            state.bytesOfEnded += bytes
            state.pairing.pairEnded()
            recordGauges(state.pairing)
        }
        finishIfIdle()
    }

    private func finishIfIdle() {
        let isDone = state.withLock { $0.pairing.isDraining && $0.pairing.isIdle }
        if isDone { idle.continuation.finish() }
    }

    private func recordGauges(_ pairing: PairingStateMachine<Tunnel>) {
        metrics.record(waiting: pairing.waitingCount, pairs: pairing.pairCount)
    }
}

extension RouterConfiguration {
    /// The limits the pairing enforces.
    fileprivate var pairingLimits: PairingStateMachine<Tunnel>.Limits {
        .init(streams: maximumStreams, waiting: maximumWaitingStreams, remembered: maximumRememberedStreamIDs)
    }
}
