/// Finds out whether a silent peer is still there: after an interval without a sign of life it is pinged, and when
/// nothing at all comes within the time-out, it is taken for lost.
///
/// It holds no clock: the shell calls ``tick()`` when the timer it was asked for fires.
package struct KeepaliveStateMachine: Sendable {
    /// What to do when the timer has fired.
    package enum Action: Sendable, Hashable {
        /// Start the interval timer again.
        case waitInterval
        /// Send a ping and start the time-out timer.
        case pingAndWaitTimeout
        /// The peer is lost: close the connection.
        case close
    }

    private var heardSomething = false
    private var pinged = false

    /// Nothing heard, nothing sent.
    package init() {}

    /// Something came from the peer, whatever it was.
    package mutating func heard() {
        heardSomething = true
    }

    /// The timer has fired.
    package mutating func tick() -> Action {
        if heardSomething {
            heardSomething = false
            pinged = false
            return .waitInterval
        }
        guard !pinged else { return .close }
        pinged = true
        return .pingAndWaitTimeout
    }
}
