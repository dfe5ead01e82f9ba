/// The `router` document: the routers that Dial may choose from.
package struct RouterMap: Hashable, Sendable {
    /// Routers by name.
    package var routers: [String: Router] = [:]

    /// One router.
    package struct Router: Hashable, Sendable {
        /// Where clients and exporters reach it.
        package let endpoint: HostPort
        /// Labels; routers that agree with an exporter's labels are preferred.
        package let labels: [String: String]

        /// Creates an entry.
        package init(endpoint: HostPort, labels: [String: String] = [:]) {
            self.endpoint = endpoint
            self.labels = labels
        }
    }

    /// Creates a map.
    package init(routers: [String: Router] = [:]) {
        self.routers = routers
    }

    /// Reads a document: a map of name to `{endpoint: host:port, labels: {}}`. An empty one has no routers.
    ///
    /// - Throws: `ConfigurationError` with all that is wrong.
    package init(yaml: String) throws(ConfigurationError) {
        let source = "router configuration"
        let issues = IssueCollector()
        let root = try YAMLDocument.root(of: yaml, source: source)
        var routers: [String: Router] = [:]
        for (name, value) in ConfigurationValue(node: root, path: "router", issues: issues).entries() {
            if name.isEmpty { value.report("has an empty name") }
            routers[name] = Self.router(value)
        }
        self.init(routers: try issues.result(routers, source: source))
    }

    private static func router(_ value: ConfigurationValue) -> Router? {
        var object = value.object()
        defer { object.finish() }
        let endpoint = object.read("endpoint")
        let labels = labels(object.read("labels"))
        if endpoint.isEmptyText {
            endpoint.report("is missing; accepted: \(HostPort.rule)")
        }
        return HostPort.optional(endpoint).map { Router(endpoint: $0, labels: labels) }
    }

    private static func labels(_ value: ConfigurationValue) -> [String: String] {
        var labels: [String: String] = [:]
        for (key, entry) in value.entries() {
            let text = entry.string()
            if !LabelRule.isKey(key) { entry.report("is no label key; accepted: \(LabelRule.keyRule)") }
            if !LabelRule.isValue(text) {
                entry.report("\"\(text)\" is no label value; accepted: \(LabelRule.valueRule)")
            }
            labels[key] = text
        }
        return labels
    }
}
