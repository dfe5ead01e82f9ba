/// A router that tunnels may go through.
package struct RouterEntry: Sendable, Hashable {
    package var name: String
    /// `host:port` that clients and exporters dial.
    package var endpoint: String
    /// Compared with an exporter's labels: a router near it agrees with more of them.
    package var labels: [String: String]

    package init(name: String, endpoint: String, labels: [String: String] = [:]) {
        self.name = name
        self.endpoint = endpoint
        self.labels = labels
    }
}

/// Chooses the router of each tunnel.
package struct RouterDirectory: Sendable, Equatable {
    private let entries: [RouterEntry]
    /// The number of tunnels of a router now, by its name; 0 when unknown.
    private let load: @Sendable (String) -> Int

    package init(entries: [RouterEntry], load: @escaping @Sendable (String) -> Int = { _ in 0 }) {
        self.entries = entries
        self.load = load
    }

    /// Where clients and exporters dial the routers, `host:port`.
    package var endpoints: [String] { entries.map(\.endpoint) }

    package static func == (left: RouterDirectory, right: RouterDirectory) -> Bool { left.entries == right.entries }

    /// The router whose labels agree best with the exporter's, then the least loaded, then by rendezvous hashing of the
    /// stream id, which spreads streams evenly over equals. Nil when there is none.
    package func choose(for labels: [String: String], streamID: String) -> RouterEntry? {
        entries.min { left, right in
            let agreement = (Self.agreement(left, labels), Self.agreement(right, labels))
            if agreement.0 != agreement.1 { return agreement.0 > agreement.1 }
            let loads = (load(left.name), load(right.name))
            if loads.0 != loads.1 { return loads.0 < loads.1 }
            return Self.weight(left, streamID) > Self.weight(right, streamID)
        }
    }

    private static func agreement(_ entry: RouterEntry, _ labels: [String: String]) -> Int {
        entry.labels.count { labels[$0.key] == $0.value }
    }

    /// FNV-1a over the name and the stream id: the same on every replica.
    private static func weight(_ entry: RouterEntry, _ streamID: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(entry.name)/\(streamID)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }
}
