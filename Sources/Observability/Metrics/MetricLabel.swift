/// A label of a series.
package struct MetricLabel: Hashable, Comparable, Sendable {
    /// A valid label name.
    package let name: String
    /// Any text.
    package let value: String

    /// Creates a label; characters that a name must not have become underscores.
    package init(_ name: String, _ value: String) {
        self.name = MetricName.sanitizedLabel(name)
        self.value = value
    }

    package static func < (first: MetricLabel, second: MetricLabel) -> Bool {
        (first.name, first.value) < (second.name, second.value)
    }

    /// Sorted by name; of two with one name the last counts. `le` belongs to histograms and becomes `le_`.
    static func canonical(_ dimensions: [(String, String)]) -> [MetricLabel] {
        var byName: [String: MetricLabel] = [:]
        for (name, value) in dimensions {
            let label = MetricLabel(name == "le" ? "le_" : name, value)
            byName[label.name] = label
        }
        return byName.values.sorted()
    }
}
