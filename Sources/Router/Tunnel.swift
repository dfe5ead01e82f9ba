internal import NIOCore
internal import RouterCore
internal import Synchronization

/// The meeting point of two streams on, usually, two event loops: a ``TunnelStateMachine`` behind a lock, and the
/// two handlers that carry out what it asks for.
///
/// The handlers hold the tunnel and the tunnel holds the handlers until it is over.
final class Tunnel: Sendable {
    private struct State {
        var machine: TunnelStateMachine<ByteBuffer>
        var first: TunnelEnd?
        var second: TunnelEnd?
    }

    /// The subject of both peers' tokens.
    let streamID: String
    /// When the first call came.
    let createdAt: NIODeadline

    private let hub: RouterHub
    private let state: Mutex<State>

    init(streamID: String, first: TunnelEnd, queueLimit: Int, hub: RouterHub, now: NIODeadline) {
        self.streamID = streamID
        self.hub = hub
        createdAt = now
        state = Mutex(State(machine: TunnelStateMachine(limit: queueLimit), first: first))
    }

    /// The second call has come.
    ///
    /// - Returns: false if the two cannot understand each other's compression.
    func join(_ second: TunnelEnd) -> Bool {
        let canPair = state.withLock { state in
            guard let first = state.first, first.encoding.accepts(second.encoding),
                second.encoding.accepts(first.encoding)
            else { return false }
            state.second = second
            return true
        }
        if canPair { change { ($0.pair(), ()) } }
        return canPair
    }

    /// Ends the only call there is, since it can have no partner.
    func refuseFirst(_ refusal: RouterCore.Refusal) {
        let first = state.withLock { $0.first.take() }
        first?.execute { $0.refuse(refusal) }
    }

    /// The other call, once it has come.
    func end(_ side: TunnelSide) -> TunnelEnd? {
        state.withLock { side == .first ? $0.first : $0.second }
    }

    /// See ``TunnelStateMachine/push(_:from:)``.
    ///
    /// - Returns: whether to read on.
    func push(_ chunks: [ByteBuffer], from side: TunnelSide) -> Bool {
        change { machine in
            machine.push(chunks.lazy.map { ($0, $0.readableBytes) }, from: side)
        }
    }

    /// See ``TunnelStateMachine/take(for:upTo:into:)``.
    func take(for side: TunnelSide, upTo bytes: Int, into chunks: inout [ByteBuffer]) -> TunnelEnding? {
        change { machine in
            machine.take(for: side, upTo: bytes, into: &chunks)
        }
    }

    /// The peer of `side` takes nothing more for now.
    ///
    /// - Returns: whether its partner has gone, so that it must not take forever.
    func block(_ side: TunnelSide) -> Bool {
        state.withLock { state in
            state.machine.block(side)
            return state.machine.hasLost(side.other)
        }
    }

    /// The peer of `side` has finished sending.
    func finish(_ side: TunnelSide) {
        change { ($0.finish(side), ()) }
    }

    /// The call of `side` has gone.
    func lose(_ side: TunnelSide, _ loss: TunnelLoss) {
        change { ($0.lose(side, loss), ()) }
    }

    /// Cuts both calls off.
    func abort(_ loss: TunnelLoss) {
        change { ($0.abort(loss), ()) }
    }

    /// Bytes handed on so far: to the second call, and to the first.
    var deliveredBytes: (toSecond: UInt64, toFirst: UInt64) {
        state.withLock { ($0.machine.deliveredBytes(to: .second), $0.machine.deliveredBytes(to: .first)) }
    }

    /// How it ended.
    var outcome: TunnelOutcome {
        state.withLock { $0.machine.outcome }
    }

    /// Changes the state under the lock and carries out the effects outside of it.
    private func change<Result>(
        _ body: (inout TunnelStateMachine<ByteBuffer>) -> (effects: TunnelEffects, Result)
    ) -> Result {
        var effects: TunnelEffects = []
        var ends: (first: TunnelEnd?, second: TunnelEnd?)?
        let result = state.withLock { state in
            let (wanted, result) = body(&state.machine)
            if !wanted.isEmpty {
                effects = wanted
                ends = (state.first, state.second)
            }
            return result
        }
        if let ends { perform(effects, ends.first, ends.second) }
        return result
    }

    private func perform(_ effects: TunnelEffects, _ first: TunnelEnd?, _ second: TunnelEnd?) {
        if effects.contains(.drainFirst) { first?.execute { $0.drain() } }
        if effects.contains(.drainSecond) { second?.execute { $0.drain() } }
        if effects.contains(.resumeFirst) { first?.execute { $0.resume() } }
        if effects.contains(.resumeSecond) { second?.execute { $0.resume() } }
        if effects.contains(.over) {
            hub.tunnelIsOver(self)
            state.withLock { state in
                state.first = nil
                state.second = nil
            }
        }
    }
}
