internal import RouterCore

/// Where a router listens and what it takes on.
///
/// All limits are answered with a gRPC status, so that the peer can say what is wrong: a limit on streams or
/// connections with RESOURCE_EXHAUSTED, a time-out of a partner with DEADLINE_EXCEEDED.
package struct RouterConfiguration: Sendable, Hashable {
    /// The addresses to bind, IP addresses or host names, with one port for all.
    package var hosts = ["0.0.0.0"]
    /// The TCP port to bind; 0 for a free one, which ``RouterServer/start()`` returns.
    package var port = 8083

    /// How long a call waits for its partner.
    package var pairingTimeout = Duration.seconds(60)
    /// How long running tunnels may go on after the shutdown has begun.
    package var drainTimeout = Duration.seconds(300)
    /// How long a TLS handshake may take, and after it the beginning of HTTP/2.
    package var handshakeTimeout = Duration.seconds(10)
    /// How long a connection may be without a stream.
    package var idleTimeout = Duration.seconds(300)
    /// How long a connection may be without a stream if none of its calls has shown a good token yet.
    package var unprovenIdleTimeout = Duration.seconds(30)
    /// Silence of a connection after which its peer is pinged.
    package var keepaliveInterval = Duration.seconds(10)
    /// How long a pinged peer may stay silent before it is taken for lost.
    package var keepaliveTimeout = Duration.seconds(30)
    /// How long a peer whose partner has gone may take nothing at all of what is still queued for it.
    package var stallTimeout = Duration.seconds(300)

    /// Streams in all, waiting and paired.
    package var maximumStreams = 20_000
    /// Streams that wait for their partner.
    package var maximumWaitingStreams = 2_000
    /// Streams on one connection.
    package var maximumStreamsPerConnection = 1_000
    /// Connections: as many as streams, since clients and exporters make one for each. A few more are accepted only to
    /// be told so.
    package var maximumConnections = 20_000
    /// Used stream ids remembered until their token expires (half an hour), to refuse replays. New tunnels are
    /// refused while it is full; the default allows 145 new tunnels a second, all the time.
    package var maximumRememberedStreamIDs = 262_144
    /// The size of a call's headers, counted like HTTP/2 does: names, values and 32 bytes for each field.
    package var maximumHeaderBytes = 16_384
    /// SETTINGS and PRIORITY frames and answers to pings of a connection in half a minute.
    package var maximumControlFrames = 200
    /// PING frames of a connection in half a minute: clients that probe their bandwidth send hundreds a second, which
    /// is cheap to answer.
    package var maximumPings = 100_000
    /// WINDOW_UPDATE frames of a connection in half a minute: a fast reader of small messages sends tens of thousands a
    /// second.
    package var maximumWindowUpdates = 3_000_000
    /// Frames of a connection in half a minute that mean nothing to a router, such as those of unknown types.
    package var maximumUselessFrames = 1_000
    /// RST_STREAM frames of a connection in half a minute. Each tunnel that its client cancels is one, and a client may
    /// have many.
    package var maximumResets = 1_000
    /// Calls of a connection in half a minute that are refused for what they are: without a valid token, replayed, to
    /// another method.
    package var maximumRefusals = 200
    /// The same, of a connection of which no call has shown a good token yet, in all.
    package var maximumUnprovenRefusals = 20
    /// PING, WINDOW_UPDATE and meaningless frames of a connection of which no call has shown a good token yet.
    package var maximumUnprovenFrames = 100
    /// Connections of one address of which no call has shown a good token: those that are open, and those that came to
    /// nothing and have not been forgotten. See ``SourceBudgets``.
    package var maximumUnprovenConnections = 256
    /// How many of them are forgotten in a second.
    package var unprovenConnectionsPerSecond = 10
    /// How long a call's headers may take from their first byte to their last.
    package var headerTimeout = Duration.seconds(30)

    /// The HTTP/2 receive window of each stream, in bytes: what a peer may send ahead. With ``queueLimit`` and
    /// ``outboundLimit`` the bound of what a reader costs that takes nothing.
    package var windowSize = 229_376
    /// The HTTP/2 receive window of each connection, in bytes.
    package var connectionWindowSize = 1_048_576
    /// The bound of a tunnel's queue in each direction, in bytes.
    package var queueLimit = 32_768
    /// Bytes handed to the socket for a peer that has not taken them yet.
    package var outboundLimit = 32_768

    /// The defaults of all settings.
    package static var defaults: Self { Self() }

    /// The budgets of frames.
    var frameLimits: FrameRules.Limits {
        .init(
            pings: maximumPings,
            windowUpdates: maximumWindowUpdates,
            others: maximumUselessFrames,
            unproven: maximumUnprovenFrames
        )
    }

    var sourceLimits: SourceBudgets.Limits {
        .init(connections: maximumUnprovenConnections, perSecond: unprovenConnectionsPerSecond)
    }
}
