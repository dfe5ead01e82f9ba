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
        var parties: TunnelParties
        var pairedAt: NIODeadline?
        var messagesToFirst: UInt64 = 0
        var messagesToSecond: UInt64 = 0

        func traffic(to side: TunnelSide) -> TunnelTraffic {
            TunnelTraffic(
                bytes: machine.deliveredBytes(to: side),
                messages: side == .first ? messagesToFirst : messagesToSecond
            )
        }
    }

    /// The subject of both peers' tokens.
    let streamID: String
    /// When the first call came.
    let createdAt: NIODeadline

    private let hub: RouterHub
    private let state: Mutex<State>

    init(
        streamID: String,
        parties: TunnelParties,
        first: TunnelEnd,
        queueLimit: Int,
        hub: RouterHub,
        now: NIODeadline
    ) {
        self.streamID = streamID
        self.hub = hub
        createdAt = now
        state = Mutex(State(machine: TunnelStateMachine(limit: queueLimit), first: first, parties: parties))
    }

    /// The second call has come.
    ///
    /// - Returns: false if the two cannot understand each other's compression.
    func join(_ second: TunnelEnd, _ parties: TunnelParties) -> Bool {
        let canPair = state.withLock { state in
            guard let first = state.first, first.encoding.accepts(second.encoding),
                second.encoding.accepts(first.encoding)
            else { return false }
            state.second = second
            state.parties.merge(parties)
            state.pairedAt = second.eventLoop.now
            return true
        }
        if canPair { change { ($0.pair(), ()) } }
        return canPair
    }

    /// Ends the only call there is, since it can have no partner.
    func refuseFirst(_ refusal: RouterCore.Refusal, detail: String? = nil) {
        let first = state.withLock { $0.first.take() }
        first?.execute { $0.refuse(refusal, detail: detail) }
    }

    /// The other call, once it has come.
    func end(_ side: TunnelSide) -> TunnelEnd? {
        state.withLock { side == .first ? $0.first : $0.second }
    }

    /// See ``TunnelStateMachine/push(_:from:)``.
    ///
    /// - Parameters:
    ///   - messages: how many gRPC messages end in them.
    ///   - lane: of the connection that they came by.
    /// - Returns: whether to read on.
    func push(_ chunks: [ByteBuffer], messages: Int, from side: TunnelSide, by lane: DataLane) -> Bool {
        changeState(lane) { state in
            switch side {
            case .first: state.messagesToSecond += UInt64(messages)
            case .second: state.messagesToFirst += UInt64(messages)
            }
            return state.machine.push(
                chunks.lazy.map { ($0, $0.readableBytes) },
                from: side,
                merging: TunnelChunk.merge(_:_:partly:)
            )
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

    /// Whether both calls have been cut off.
    var isAborted: Bool { state.withLock { $0.machine.isAborted } }

    /// Bytes handed on so far, both ways.
    var deliveredBytes: UInt64 {
        state.withLock { $0.machine.deliveredBytes(to: .second) + $0.machine.deliveredBytes(to: .first) }
    }

    /// What has gone through so far: to the second call, and to the first.
    var traffic: (toSecond: TunnelTraffic, toFirst: TunnelTraffic) {
        state.withLock { ($0.traffic(to: .second), $0.traffic(to: .first)) }
    }

    /// Whose it is.
    var parties: TunnelParties { state.withLock { $0.parties } }

    /// What it looks like now; nil if it has no second call yet, or is over.
    func snapshot(now: NIODeadline) -> TunnelSnapshot? {
        state.withLock { state in
            guard let first = state.first, let second = state.second, let pairedAt = state.pairedAt else { return nil }
            let parties = state.parties
            let client = parties.clientSide
            let toClient = state.traffic(to: client)
            let toExporter = state.traffic(to: client.other)
            return TunnelSnapshot(
                stream: streamID,
                lease: parties.lease,
                client: parties.client,
                exporter: parties.exporter,
                clientAddress: (client == .first ? first : second).peer.description,
                exporterAddress: (client == .first ? second : first).peer.description,
                age: Double((now - pairedAt).nanoseconds) / 1e9,
                bytesToClient: toClient.bytes,
                bytesToExporter: toExporter.bytes,
                messagesToClient: toClient.messages,
                messagesToExporter: toExporter.messages
            )
        }
    }

    /// How it ended.
    var outcome: TunnelOutcome {
        state.withLock { $0.machine.outcome }
    }

    /// Changes the state under the lock and carries out the effects outside of it.
    private func change<Result>(
        _ body: (inout TunnelStateMachine<ByteBuffer>) -> (effects: TunnelEffects, Result)
    ) -> Result {
        changeState { body(&$0.machine) }
    }

    private func changeState<Result>(
        _ lane: DataLane? = nil,
        _ body: (inout State) -> (effects: TunnelEffects, Result)
    ) -> Result {
        var effects: TunnelEffects = []
        var ends: (first: TunnelEnd?, second: TunnelEnd?)?
        let result = state.withLock { state in
            let (wanted, result) = body(&state)
            if !wanted.isEmpty {
                effects = wanted
                ends = (state.first, state.second)
            }
            return result
        }
        if let ends { perform(effects, ends.first, ends.second, lane) }
        return result
    }

    private func perform(_ effects: TunnelEffects, _ first: TunnelEnd?, _ second: TunnelEnd?, _ lane: DataLane?) {
        if effects.contains(.drainFirst) { first?.drain(after: lane) }
        if effects.contains(.drainSecond) { second?.drain(after: lane) }
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
