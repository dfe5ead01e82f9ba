/// Who watches over an ``HTTP2Connection``: told on its event loop.
protocol HTTP2ConnectionDelegate: AnyObject {
    /// The client has begun: its SETTINGS have come.
    func began()

    func streamOpened()

    func streamClosed()

    /// The client has done what it must not. The connection takes nothing more from it; the delegate says why, and closes.
    ///
    /// - Parameter lastStream: the last that has been opened.
    func end(_ violation: HTTP2Violation, lastStream: UInt32)
}
