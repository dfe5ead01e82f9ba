/// A pair of calls: two conduits and the rules of how a tunnel ends.
///
/// | event | the other side is told |
/// |---|---|
/// | a side finishes sending | nothing: it may go on sending, and the finished side goes on receiving |
/// | both have finished, all is delivered | OK to both |
/// | a side that had finished leaves, nothing meant for it was lost | all it sent, then OK |
/// | a side is reset, cancelled or cut off | all it sent, then UNAVAILABLE |
///
/// A value type without I/O: the methods return what must be done. Memory is bounded by two conduits.
///
/// Public, with all that its inlinable methods name: the compiler makes versions for a type of chunk, which the path of
/// each message needs, only of what is public. It does not of what is inlinable within the package.
public struct TunnelStateMachine<Chunk> {
    @usableFromInline
    struct Call: Sendable {
        @usableFromInline var isFinished = false
        @usableFromInline var loss: TunnelLoss?
        @usableFromInline var hasEnded = false

        /// Takes part no more: has been told its end, or has gone.
        @usableFromInline var isOver: Bool { hasEnded || loss != nil }
    }

    @usableFromInline var toFirst: Conduit<Chunk>
    @usableFromInline var toSecond: Conduit<Chunk>
    @usableFromInline var first = Call()
    @usableFromInline var second = Call()
    @usableFromInline var isPaired = false
    @usableFromInline var saidOver = false
    /// Whether anything has happened that may end a call; keeps the ending rules off the path of plain data.
    @usableFromInline var mayEnd = false
    private var aborted: TunnelLoss?
    private var firstLoss: (TunnelSide, TunnelLoss)?

    /// - Parameter limit: the bound of each direction's queue, in bytes.
    public init(limit: Int) {
        toFirst = Conduit(limit: limit)
        toSecond = Conduit(limit: limit)
    }

    /// How the tunnel ended, or would if it ended now.
    public var outcome: TunnelOutcome {
        if let aborted, firstLoss == nil { return .aborted(aborted) }
        guard let (side, loss) = firstLoss else { return .finished }
        return .lost(side, loss)
    }

    /// Bytes that have been taken for `side` so far.
    public func deliveredBytes(to side: TunnelSide) -> UInt64 {
        side == .first ? toFirst.deliveredBytes : toSecond.deliveredBytes
    }

    /// The second call has come; both sides may move data from now on.
    public mutating func pair() -> TunnelEffects {
        isPaired = true
        return [.drainFirst, .resumeFirst, .drainSecond, .resumeSecond]
    }

    /// The peer of `side` has sent `chunks`.
    ///
    /// - Parameter merge: see ``Conduit/push(_:bytes:merging:)``.
    /// - Returns: effects, and whether to read on from the peer of `side`; if not, a `resume` effect follows later.
    @inlinable
    public mutating func push(
        _ chunks: some Sequence<(Chunk, Int)>,
        from side: TunnelSide,
        merging merge: (inout Chunk, inout Chunk, Bool) -> Int = { _, _, _ in 0 }
    ) -> (effects: TunnelEffects, mayRead: Bool) {
        switch side {
        case .first: Self.push(chunks, into: &toSecond, reader: .second, isPaired: isPaired, merging: merge)
        case .second: Self.push(chunks, into: &toFirst, reader: .first, isPaired: isPaired, merging: merge)
        }
    }

    @inlinable
    static func push(
        _ chunks: some Sequence<(Chunk, Int)>,
        into conduit: inout Conduit<Chunk>,
        reader: TunnelSide,
        isPaired: Bool,
        merging merge: (inout Chunk, inout Chunk, Bool) -> Int
    ) -> (effects: TunnelEffects, mayRead: Bool) {
        for (chunk, bytes) in chunks {
            conduit.push(chunk, bytes: bytes, merging: merge)
        }
        // Nothing is read for a call without a partner, so that a waiting call costs one stream window at most.
        guard isPaired else { return ([], false) }
        let effects: TunnelEffects = !conduit.isEmpty && conduit.needsWake() ? .drain(reader) : []
        return (effects, conduit.mayWriterContinue())
    }

    /// Moves what is queued for `side` into `chunks`, up to `maximum` bytes.
    ///
    /// - Returns: effects, and once everything has been taken and the call is over, what to tell its peer.
    @inlinable
    public mutating func take(
        for side: TunnelSide,
        upTo maximum: Int,
        into chunks: inout [Chunk]
    ) -> (effects: TunnelEffects, ending: TunnelEnding?) {
        let resume: Bool
        let isEmpty: Bool
        switch side {
        case .first:
            resume = toFirst.take(upTo: maximum, into: &chunks)
            isEmpty = toFirst.isEmpty
        case .second:
            resume = toSecond.take(upTo: maximum, into: &chunks)
            isEmpty = toSecond.isEmpty
        }
        let effects: TunnelEffects = resume ? .resume(side.other) : []
        guard isEmpty, mayEnd else { return (effects, nil) }
        let (more, ending) = settle(side)
        return (effects.union(more), ending)
    }

    /// The peer of `side` takes nothing more for now.
    @inlinable
    public mutating func block(_ side: TunnelSide) {
        switch side {
        case .first: toFirst.block()
        case .second: toSecond.block()
        }
    }
}

extension TunnelStateMachine: Sendable where Chunk: Sendable {}

extension TunnelStateMachine {
    /// The peer of `side` has finished sending; it may still receive.
    public mutating func finish(_ side: TunnelSide) -> TunnelEffects {
        self[side].isFinished = true
        mayEnd = true
        return wakeForEnding(side.other).union(wakeForEnding(side))
    }

    /// The call of `side` has gone: reset, cancelled or cut off. Ignored once the call has ended.
    public mutating func lose(_ side: TunnelSide, _ loss: TunnelLoss) -> TunnelEffects {
        guard !self[side].isOver else { return [] }
        self[side].loss = loss
        mayEnd = true
        if firstLoss == nil, aborted == nil,
            !(self[side].isFinished && loss == .cancelled && outgoing(side.other).isEmpty)
        {
            firstLoss = (side, loss)
        }
        // The partner's writes are read and dropped, so that a partner that first writes and then reads gets to its end.
        let partnerWasParked = side == .first ? toFirst.abandon() : toSecond.abandon()
        var effects: TunnelEffects = partnerWasParked ? .resume(side.other) : []
        // Woken even when its peer takes nothing for now: from here on that must not last forever.
        if isPaired, !self[side.other].isOver { effects.formUnion(.drain(side.other)) }
        effects.formUnion(sayOver())
        return effects
    }

    /// Whether the call of `side` has gone.
    public func hasLost(_ side: TunnelSide) -> Bool {
        self[side].loss != nil
    }

    /// Whether both calls have been cut off: their ends are told however little their peers take.
    public var isAborted: Bool { aborted != nil }

    /// Cuts both calls off at once, whatever is still queued.
    public mutating func abort(_ loss: TunnelLoss) -> TunnelEffects {
        guard !saidOver, aborted == nil else { return [] }
        aborted = loss
        mayEnd = true
        _ = toFirst.abandon()
        _ = toSecond.abandon()
        return [.drainFirst, .drainSecond]
    }

    /// What `side` is told now that everything queued for it has been taken, and who else may end by that.
    @usableFromInline
    mutating func settle(_ side: TunnelSide) -> (effects: TunnelEffects, ending: TunnelEnding?) {
        var effects = wakeForEnding(side.other)
        guard !self[side].isOver, let ending = ending(for: side) else { return (effects, nil) }
        self[side].hasEnded = true
        effects.formUnion(sayOver())
        return (effects, ending)
    }

    private func ending(for side: TunnelSide) -> TunnelEnding? {
        if let aborted { return .cutOff(aborted) }
        let partner = self[side.other]
        if let loss = partner.loss {
            let isClean = partner.isFinished && loss == .cancelled && outgoing(side).discardedBytes == 0
            return isClean ? .partnerLeft : .cutOff(loss)
        }
        guard self[side].isFinished, partner.isFinished, outgoing(side).isEmpty else { return nil }
        return .finished
    }

    /// Wakes `side` if it has nothing left to take and can be told its end.
    private mutating func wakeForEnding(_ side: TunnelSide) -> TunnelEffects {
        guard isPaired, !self[side].isOver, ending(for: side) != nil else { return [] }
        let wake = side == .first ? toFirst.needsWake() : toSecond.needsWake()
        return wake ? .drain(side) : []
    }

    private mutating func sayOver() -> TunnelEffects {
        guard !saidOver, first.isOver, second.isOver else { return [] }
        saidOver = true
        return .over
    }

    private func outgoing(_ side: TunnelSide) -> Conduit<Chunk> {
        side == .first ? toSecond : toFirst
    }

    private subscript(_ side: TunnelSide) -> Call {
        get { side == .first ? first : second }
        set {
            switch side {
            case .first: first = newValue
            case .second: second = newValue
            }
        }
    }
}
