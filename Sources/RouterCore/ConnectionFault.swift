/// Why the router ends a connection by itself; each is a value of a metric's label and has an HTTP/2 error code.
package enum ConnectionFault: String, Sendable, Hashable, CaseIterable {
    /// Too many PING frames.
    case pings
    /// Too many SETTINGS or PRIORITY frames.
    case controlFrames = "control_frames"
    /// Too many WINDOW_UPDATE frames.
    case windowUpdates = "window_updates"
    /// Too many frames that mean nothing to a router.
    case uselessFrames = "useless_frames"
    /// Too many RST_STREAM frames.
    case resets
    /// Empty DATA frames in a row.
    case emptyData = "empty_data"
    /// Too many CONTINUATION frames in one header block.
    case continuations
    /// A header block far beyond the limit.
    case headerBlock = "header_block"
    /// Too many errors that each end one stream only.
    case streamErrors = "stream_errors"
    /// More streams at once than announced.
    case concurrentStreams = "concurrent_streams"
    /// More data than the window allows, or a window that overflows.
    case flowControl = "flow_control"
    /// Answers that its peer does not take.
    case outboundBacklog = "outbound_backlog"
    /// Too many calls that were refused for what they are.
    case refusals
    /// The connection's first frame did not come in time.
    case slowStart = "slow_start"
    /// A header block was begun and not ended in time.
    case slowHeaders = "slow_headers"
    /// Its peer does not answer pings.
    case silent
    /// Anything else that HTTP/2 forbids.
    case protocolError = "protocol_error"
}
