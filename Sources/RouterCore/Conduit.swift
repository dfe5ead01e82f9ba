public import DequeModule

/// One direction of a tunnel: a bounded queue with a writer and a reader that run on different event loops.
///
/// A value type without I/O. The caller guards it with a lock and carries out what the methods ask for.
///
/// Bound: the writer stops reading from its peer once ``queuedCost`` has reached ``limit``, so the queue holds at most
/// `limit` plus what one read delivers (at most the HTTP/2 stream window).
public struct Conduit<Chunk> {
    /// What the reader is doing; decides whether new data must wake it.
    @usableFromInline
    enum Reader: Sendable {
        /// Nothing is scheduled: new data wakes the reader.
        case idle
        /// A wake-up is on its way, or the reader is taking.
        case scheduled
        /// Its peer takes nothing more for now; the reader comes back by itself once the peer does.
        case blocked
    }

    @usableFromInline
    struct Entry {
        @usableFromInline var chunk: Chunk
        @usableFromInline var bytes: Int

        @inlinable
        init(chunk: Chunk, bytes: Int) {
            self.chunk = chunk
            self.bytes = bytes
        }
    }

    /// Added to the size of each queued chunk, so that a flood of tiny chunks is bounded like a few large ones.
    @inlinable public static var costOfChunk: Int { 128 }

    @usableFromInline var queue: Deque<Entry> = []
    @usableFromInline var reader = Reader.idle
    @usableFromInline var writerParked = false
    @usableFromInline var abandoned = false

    /// The cost at which the writer has to stop.
    @usableFromInline let limit: Int
    /// Bytes in the queue plus ``costOfChunk`` for each chunk.
    @usableFromInline var queuedCost = 0

    /// Bytes handed to the reader so far.
    public private(set) var deliveredBytes: UInt64 = 0
    /// Bytes accepted from the writer that the reader never took, because it had gone.
    public private(set) var discardedBytes: UInt64 = 0

    /// - Parameter limit: the cost, in bytes, at which the writer is told to stop.
    @inlinable
    public init(limit: Int) {
        self.limit = limit
    }

    /// Whether everything pushed has been taken.
    @inlinable public var isEmpty: Bool { queue.isEmpty }

    /// Whether the writer may read on; remembered as parked if not.
    @inlinable
    public mutating func mayWriterContinue() -> Bool {
        guard !abandoned, queuedCost >= limit else { return true }
        writerParked = true
        return false
    }

    /// Queues a chunk, or drops it when the reader has gone.
    @inlinable
    public mutating func push(_ chunk: Chunk, bytes: Int) {
        guard !abandoned else {
            noteDiscarded(bytes)
            return
        }
        queue.append(Entry(chunk: chunk, bytes: bytes))
        queuedCost += bytes + Self.costOfChunk
    }

    /// Queues a chunk like ``push(_:bytes:)``, or adds it to the one before it.
    ///
    /// - Parameter merge: moves bytes of the second to the end of the first, all of them or none, and says how many; with
    ///   true, as many as fit. That is asked for once the writer has to stop: what is queued then may stay for long,
    ///   and chunks that are half full would cost twice what they hold.
    @inlinable
    public mutating func push(_ chunk: Chunk, bytes: Int, merging merge: (inout Chunk, inout Chunk, Bool) -> Int) {
        guard !abandoned, !queue.isEmpty else { return push(chunk, bytes: bytes) }
        var rest = chunk
        let moved = merge(&queue[queue.count - 1].chunk, &rest, queuedCost >= limit)
        queue[queue.count - 1].bytes += moved
        queuedCost += moved
        if moved < bytes { push(rest, bytes: bytes - moved) }
    }

    /// Whether the reader must be woken now; asked after each change it should see.
    @inlinable
    public mutating func needsWake() -> Bool {
        guard !abandoned, reader == .idle else { return false }
        reader = .scheduled
        return true
    }

    /// Moves chunks of up to `maximum` bytes (always at least one, if there is one) to the end of `chunks`.
    ///
    /// - Returns: whether the writer, parked at the limit, may now go on: at half the limit, so that it does not
    ///   stop and go with each chunk.
    @inlinable
    public mutating func take(upTo maximum: Int, into chunks: inout [Chunk]) -> Bool {
        var taken = 0
        while let entry = queue.first, taken == 0 || taken + entry.bytes <= maximum {
            queue.removeFirst()
            queuedCost -= entry.bytes + Self.costOfChunk
            taken += entry.bytes
            chunks.append(entry.chunk)
        }
        noteDelivered(taken)
        reader = queue.isEmpty ? .idle : .scheduled
        guard writerParked, queuedCost <= limit / 2 else { return false }
        writerParked = false
        return true
    }

    /// The reader's peer takes nothing more for now.
    @inlinable
    public mutating func block() {
        reader = .blocked
    }

    /// The reader has gone: drops what is queued and lets the writer run on, into the void.
    ///
    /// - Returns: whether the writer was parked and must be resumed.
    public mutating func abandon() -> Bool {
        guard !abandoned else { return false }
        abandoned = true
        discardedBytes += UInt64(queue.reduce(0) { $0 + $1.bytes })
        queue = []
        queuedCost = 0
        defer { writerParked = false }
        return writerParked
    }

    @usableFromInline
    mutating func noteDelivered(_ bytes: Int) {
        deliveredBytes += UInt64(bytes)
    }

    @usableFromInline
    mutating func noteDiscarded(_ bytes: Int) {
        discardedBytes += UInt64(bytes)
    }
}

extension Conduit: Sendable where Chunk: Sendable {}
extension Conduit.Entry: Sendable where Chunk: Sendable {}
