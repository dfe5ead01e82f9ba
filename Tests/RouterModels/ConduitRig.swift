internal import RouterCore

/// A conduit with a writer and a reader, and beside it a plain list of what is in it.
package struct ConduitRig: EventDriven {
    package enum Event: Sendable, Hashable {
        case push
        case takeOne
        case takeAll
        case block
        case abandon
    }

    private static let limit = 300
    private static let bytes = 10

    private var conduit = Conduit<Int>(limit: limit)
    private var next = 0
    private var inside: [Int] = []
    private var taken = 0
    private var lost = 0
    private var isAbandoned = false
    private var isParked = false
    /// Whether the reader has been woken and has neither emptied the conduit nor blocked since.
    private var isWoken = false
    /// Whether the reader comes back by itself.
    private var isBlocked = false

    private var isFull: Bool { inside.count * (Self.bytes + Conduit<Int>.costOfChunk) >= Self.limit }
    private var isHalfEmpty: Bool { inside.count * (Self.bytes + Conduit<Int>.costOfChunk) <= Self.limit / 2 }

    /// Nothing has happened yet.
    package init() {}

    package var possibleEvents: [Event] {
        // A parked writer may still bring what it has read already.
        var events: [Event] = [.push]
        if !isAbandoned { events += [.abandon] }
        if !isAbandoned, isWoken || isBlocked { events += [.takeOne, .takeAll, .block] }
        return events
    }

    package mutating func happen(_ event: Event) -> String? {
        switch event {
        case .push: push()
        case .takeOne: take(upTo: 1)
        case .takeAll: take(upTo: .max)
        case .block: block()
        case .abandon: abandon()
        }
    }

    private mutating func push() -> String? {
        conduit.push(next, bytes: Self.bytes)
        if isAbandoned { lost += 1 } else { inside.append(next) }
        next += 1
        let mustWake = !isAbandoned && !isWoken && !isBlocked
        if conduit.needsWake() != mustWake { return mustWake ? "the reader sleeps on" : "the reader is woken twice" }
        if mustWake { isWoken = true }
        let mayContinue = isAbandoned || !isFull
        if conduit.mayWriterContinue() != mayContinue { return "the writer may continue: \(!mayContinue)" }
        if !mayContinue { isParked = true }
        return faultOfCounts
    }

    private mutating func take(upTo maximum: Int) -> String? {
        var chunks: [Int] = []
        let resumes = conduit.take(upTo: maximum, into: &chunks)
        let expected = maximum == 1 ? Array(inside.prefix(1)) : inside
        if chunks != expected { return "took \(chunks) and not \(expected)" }
        inside.removeFirst(chunks.count)
        taken += chunks.count
        isBlocked = false
        isWoken = !inside.isEmpty
        let mustResume = isParked && isHalfEmpty
        if resumes != mustResume { return "the writer is resumed: \(resumes)" }
        if mustResume { isParked = false }
        return faultOfCounts
    }

    private mutating func block() -> String? {
        conduit.block()
        isBlocked = true
        isWoken = false
        return nil
    }

    private mutating func abandon() -> String? {
        let resumes = conduit.abandon()
        if resumes != isParked { return "the writer is resumed: \(resumes)" }
        isParked = false
        isAbandoned = true
        lost += inside.count
        inside = []
        if conduit.abandon() { return "the writer is resumed twice" }
        return faultOfCounts
    }

    private var faultOfCounts: String? {
        if conduit.isEmpty != inside.isEmpty { return "it is empty: \(conduit.isEmpty)" }
        if conduit.deliveredBytes != UInt64(taken * Self.bytes) { return "\(conduit.deliveredBytes) bytes delivered" }
        if conduit.discardedBytes != UInt64(lost * Self.bytes) { return "\(conduit.discardedBytes) bytes discarded" }
        return nil
    }
}
