internal import NIOHPACK

/// A call: what is on one stream of an ``HTTP2Connection``. All of it on the event loop of the connection.
protocol HTTP2Call: AnyObject {
    /// The call begins.
    ///
    /// - Parameters:
    ///   - stream: what to answer on.
    ///   - hasEnded: whether the peer will send nothing more.
    func opened(_ stream: DataLane.Stream, _ headers: HPACKHeaders, hasEnded: Bool)

    /// Payload has come, in bytes that are good only until this returns.
    ///
    /// - Parameter expected: how much more may come with this read.
    func receive(_ payload: UnsafeRawBufferPointer, expected: Int)

    /// The peer has finished sending.
    func ended()

    /// The read that brought payload, or the end, has come to its own end.
    func handOn()

    /// There may be room again for what is to be sent.
    func drain()

    /// The peer has sent more than its window.
    func exceededWindow()

    /// The stream has gone; nothing comes any more and nothing can be sent.
    ///
    /// - Parameter code: of RST_STREAM, from whichever side; nil if both sides had finished, or the connection is lost.
    func closed(_ code: HTTP2Code?)
}
