internal import NIOCore
internal import NIOHTTP2

extension RouterConfiguration {
    /// Streams that HTTP/2 lets a client open beyond the limit, so that the limit can be answered with a status.
    /// A client that ignores the announced number as well loses its connection.
    private static let streamsBeyondLimit = 100
    /// How much larger than the limit headers may be and still be answered with a status.
    private static let headerSizeFactor = 4

    var http2Connection: NIOHTTP2Handler.ConnectionConfiguration {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(
                parameter: .maxConcurrentStreams,
                value: maximumStreamsPerConnection + Self.streamsBeyondLimit
            ),
            HTTP2Setting(parameter: .maxHeaderListSize, value: maximumHeaderBytes * Self.headerSizeFactor),
            HTTP2Setting(parameter: .initialWindowSize, value: windowSize),
        ]
        connection.targetWindowSize = connectionWindowSize
        // It would count DATA, which the library does not see.
        connection.contentLengthValidation = .disabled
        // Frames that were on their way when a stream was reset are no error. With the library's 32, many tunnels of one
        // connection that end at once would be. Never less than that either: the library traps on a memory of one.
        connection.maximumRecentlyResetStreams = max(32, maximumStreamsPerConnection)
        connection.controlFrameRateLimit.maximumCount = maximumControlFrames
        return connection
    }

    var http2Stream: NIOHTTP2Handler.StreamConfiguration {
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = windowSize
        stream.streamResetFrameRateLimit.maximumCount = maximumResets
        return stream
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
