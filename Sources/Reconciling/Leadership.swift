/// Whether this replica of the controller decides and reconciles. Every replica serves calls and writes what they ask
/// for; one alone assigns exporters, ends leases in time and keeps statuses true.
///
/// It keeps replicas from doing the same work twice. Exclusivity does not hang on it: two that lead at once, because one
/// was paused, cannot give out one exporter twice (docs/design/lock-word.md).
package protocol Leadership: Sendable {
    /// True only while this replica may take itself for the leader.
    var isLeader: Bool { get }

    /// The present state, then each change, until the reader ends.
    func changes() -> AsyncStream<Bool>
}

/// The leadership of a controller that runs alone.
package struct SoleLeader: Leadership {
    package init() {}

    package var isLeader: Bool { true }

    package func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        continuation.yield(true)
        return stream
    }
}
