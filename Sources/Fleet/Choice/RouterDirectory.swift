/// A router that the configuration names.
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

/// The routers that the configuration names. Those that report are used whether they are here or not; those that never
/// report, such as routers of other makers, are used because they are here.
package struct RouterDirectory: Sendable, Equatable {
    package let entries: [RouterEntry]
    /// The router to use as long as no other is known; for a configuration that names none.
    package let fallback: RouterEntry?

    package init(entries: [RouterEntry], fallback: RouterEntry? = nil) {
        self.entries = entries
        self.fallback = fallback
    }

    /// Where clients and exporters dial the routers, `host:port`.
    package var endpoints: [String] {
        entries.isEmpty ? [fallback?.endpoint].compactMap(\.self) : entries.map(\.endpoint)
    }
}
