/// A router as it stands at the moment of a choice.
package struct RouterCandidate: Sendable, Hashable {
    /// What is known of a router's life.
    package enum State: String, Sendable, Hashable, CaseIterable {
        /// It has reported within the last seconds.
        case alive
        /// It has never reported: it may not know how to.
        case unknown
        /// It lets its tunnels end and refuses new ones.
        case draining
        /// It has reported, and does not any more.
        case dead
    }

    package var name: String
    /// `host:port` that clients and exporters dial.
    package var endpoint: String
    package var labels: [String: String]
    package var state: State
    /// Streams that it has, and those on their way to it.
    package var streams: Int
    /// Streams that it takes on.
    package var capacity: Int

    package init(
        name: String,
        endpoint: String,
        labels: [String: String] = [:],
        state: State = .alive,
        streams: Int = 0,
        capacity: Int = 1
    ) {
        self.name = name
        self.endpoint = endpoint
        self.labels = labels
        self.state = state
        self.streams = streams
        self.capacity = capacity
    }

    /// The part of its capacity that is taken.
    var utilisation: Double { Double(streams) / Double(max(capacity, 1)) }

    var isFull: Bool { state == .alive && streams >= capacity }
}
