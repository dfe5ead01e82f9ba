/// What a router is doing at one moment; for a controller in the same process and for operators.
package struct RouterLoad: Sendable, Hashable {
    /// Tunnels with both peers.
    package var pairs: Int
    /// Streams that wait for their partner.
    package var waitingStreams: Int
    /// Open connections.
    package var connections: Int
    /// Bytes handed on since the start, both ways.
    package var bytes: UInt64
    /// Whether it takes no new streams.
    package var isDraining: Bool

    /// Streams in all.
    package var streams: Int { waitingStreams + 2 * pairs }
}

/// Something whose load can be read at any time, from any thread.
package protocol RouterLoadReporting: Sendable {
    /// The load now.
    var load: RouterLoad { get }
}
