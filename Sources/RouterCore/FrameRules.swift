/// What a client may send on the level of frames, before anybody looks at what they say.
///
/// | frame | here | behind |
/// |---|---|---|
/// | PING | answered, up to a budget (CVE-2019-9512) | never seen |
/// | WINDOW_UPDATE | a budget | not counted |
/// | GOAWAY, PUSH_PROMISE, types unknown to HTTP/2 | a budget | not counted |
/// | HEADERS, CONTINUATION | when a header block is open; the shell ends one that does not close | length and number |
/// | SETTINGS, PRIORITY, RST_STREAM | passed | counted |
///
/// Before the first call with a good token, all that has a budget here shares a small one: who has shown none has little
/// to say.
package struct FrameRules: Sendable, Hashable {
    /// The budgets of one connection, for each half minute.
    package struct Limits: Sendable, Hashable {
        /// PING frames.
        package var pings: Int
        /// WINDOW_UPDATE frames.
        package var windowUpdates: Int
        /// Frames that are good for nothing here.
        package var others: Int
        /// All of these together, as long as no call has shown a good token.
        package var unproven: Int

        /// Limits as given.
        package init(pings: Int, windowUpdates: Int, others: Int, unproven: Int) {
            self.pings = pings
            self.windowUpdates = windowUpdates
            self.others = others
            self.unproven = unproven
        }
    }

    /// What becomes of a frame.
    package enum Verdict: Sendable, Hashable {
        /// It goes on.
        case pass
        /// It is a ping: its payload goes back, and the frame no further.
        case answer
        /// The connection ends.
        case end(ConnectionFault)
    }

    private var pings: RateBudget
    private var windowUpdates: RateBudget
    private var others: RateBudget
    /// What is left of ``Limits/unproven``; nil once a call has shown a good token.
    private var unproven: Int?
    /// Whether a header block has begun and not ended.
    package private(set) var isInHeaderBlock = false
    /// Header blocks that have begun so far; tells one that stays open from one after the other.
    package private(set) var headerBlocks = 0

    /// Nothing has come yet.
    package init(limits: Limits) {
        pings = RateBudget(limit: limits.pings)
        windowUpdates = RateBudget(limit: limits.windowUpdates)
        others = RateBudget(limit: limits.others)
        unproven = limits.unproven
    }

    /// A call of the connection has shown a good token.
    package mutating func prove() {
        unproven = nil
    }

    /// Whether a call has shown a good token.
    package var isProven: Bool { unproven == nil }

    /// Whether this is the header of a ping that wants an answer.
    package static func isPing(type: UInt8, flags: UInt8, length: Int) -> Bool {
        type == 6 && flags & 0x1 == 0 && length == 8
    }

    /// The header of a frame has come.
    ///
    /// - Parameters:
    ///   - length: of its payload.
    ///   - now: nanoseconds since any fixed moment; asked for only when it matters.
    package mutating func frame(type: UInt8, flags: UInt8, length: Int, now: () -> Int64) -> Verdict {
        switch type {
        case 0, 2, 3, 4:
            return .pass
        case 1, 9:
            if type == 1 { headerBlocks += 1 }
            isInHeaderBlock = flags & 0x4 == 0
            return .pass
        case 6:
            // An answer, or malformed.
            guard Self.isPing(type: type, flags: flags, length: length) else { return .pass }
            return spendUnproven() && pings.spend(now: now()) ? .answer : .end(.pings)
        case 8:
            return spendUnproven() && windowUpdates.spend(now: now()) ? .pass : .end(.windowUpdates)
        default:
            return spendUnproven() && others.spend(now: now()) ? .pass : .end(.uselessFrames)
        }
    }

    private mutating func spendUnproven() -> Bool {
        guard let left = unproven else { return true }
        unproven = left - 1
        return left > 0
    }
}
