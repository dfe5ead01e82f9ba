/// How exporters' labels are shown to clients: `hiddenLabels` and `deprecatedLabels` of the configuration.
package struct LabelPresentation: Sendable {
    /// Keys that are left out unless asked for.
    package var hidden: Set<String>
    /// Keys that go away, with the message for their users; hidden likewise.
    package var deprecated: [String: String]

    package init(hidden: Set<String> = [], deprecated: [String: String] = [:]) {
        self.hidden = hidden
        self.deprecated = deprecated
    }

    /// The labels to show.
    func visible(_ labels: [String: String], showHidden: Bool) -> [String: String] {
        showHidden ? labels : labels.filter { !hidden.contains($0.key) && deprecated[$0.key] == nil }
    }

    /// The messages for those of the keys that go away.
    func deprecations(of keys: some Sequence<String>) -> [String: String] {
        var messages: [String: String] = [:]
        for key in keys { messages[key] = deprecated[key] }
        return messages
    }
}
