/// Who watches over an ``HTTP2Connection``: told on its event loop.
protocol HTTP2ConnectionDelegate: AnyObject {
    /// The connection is in the pipeline: the client can be told something.
    func added(_ connection: HTTP2Connection)

    /// Nothing can be told any more.
    func removed()

    /// The client has begun: its SETTINGS have come.
    func began()

    func streamOpened()

    func streamClosed()

    /// A read has ended, whatever was in it, or the peer's system has acknowledged data.
    func heard()

    /// Something that handlers in front, or the router, have to say.
    func received(_ event: Any)

    /// The connection does not work any more.
    func failed(_ error: any Error)

    /// The client has done what it must not. The connection takes nothing more from it; the delegate says why, and closes.
    ///
    /// - Parameter lastStream: the last that has been opened.
    func end(_ violation: HTTP2Violation, lastStream: UInt32)
}
