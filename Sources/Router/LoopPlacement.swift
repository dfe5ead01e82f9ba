/// Which event loop a new connection runs on, so that the two connections of a tunnel are likely to share one.
///
/// A message of a tunnel whose ends are on two loops wakes a second thread, which costs more than all else that is done
/// with a short one. Which connections will become a pair is not known before their calls have come, and a connection
/// stays where it was put. But the two come together: a client and an exporter dial within milliseconds of each other,
/// told so by the same Dial. Connections are therefore placed in couples, and a couple goes to the loop that has
/// the fewest. A connection that was not followed by another for a while is no half of a couple, so that the next two
/// are one again.
struct LoopPlacement: Sendable, Hashable {
    /// Connections that are open on each loop.
    private(set) var open: [Int]
    /// The loop of the couple that is being placed.
    private var current = 0
    private var isHalf = false
    /// Counts couples, so that the end of a wait can be told from that of an earlier one.
    private(set) var couple = 0

    /// - Parameter loops: how many there are, at least one.
    init(loops: Int) {
        open = Array(repeating: 0, count: max(1, loops))
    }

    /// The loop for the next connection.
    var next: Int { current }

    /// A connection has been opened, on the loop of ``next`` or, when somebody else came between, on another.
    ///
    /// - Returns: whether it waits for the other half of its couple.
    mutating func opened(on loop: Int) -> Bool {
        open[loop] += 1
        isHalf.toggle()
        // The other half follows it, wherever it is.
        if isHalf { current = loop } else { beginCouple() }
        return isHalf
    }

    /// A connection has closed.
    ///
    /// - Parameter couple: what ``couple`` was when it had been opened, if it waited then: a half that has gone, as a probe
    ///   does, is none.
    mutating func closed(on loop: Int, of couple: Int?) {
        open[loop] -= 1
        if !isHalf {
            chooseLoop()
        } else if let couple {
            waitedLongEnough(couple)
        }
    }

    /// No other connection came in time.
    ///
    /// - Parameter couple: what ``couple`` was when the wait began.
    mutating func waitedLongEnough(_ couple: Int) {
        guard isHalf, couple == self.couple else { return }
        isHalf = false
        beginCouple()
    }

    private mutating func beginCouple() {
        couple += 1
        chooseLoop()
    }

    private mutating func chooseLoop() {
        // Among equals the one after the last, so that couples that come and go use all of them.
        var best = (current + 1) % open.count
        for step in 2...(open.count + 1) {
            let loop = (current + step) % open.count
            if open[loop] < open[best] { best = loop }
        }
        current = best
    }
}
