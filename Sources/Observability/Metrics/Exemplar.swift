package import Foundation

/// An example of what a sample counts, such as the last lease: shown in OpenMetrics only.
package struct Exemplar: Hashable, Sendable {
    /// Greatest length of all names and values together, in characters (OpenMetrics 1.0, "Exemplars").
    package static let maximumLength = 128

    /// The labels, in order of importance.
    package let labels: [MetricLabel]
    /// What this example contributed.
    package let value: Double
    /// When.
    package let date: Date

    /// Creates an exemplar; labels that do not fit into ``maximumLength`` are left out.
    package init(labels: [MetricLabel], value: Double, date: Date) {
        var room = Self.maximumLength
        self.labels = labels.filter { label in
            let length = label.name.unicodeScalars.count + label.value.unicodeScalars.count
            guard length <= room else { return false }
            room -= length
            return true
        }
        self.value = value
        self.date = date
    }
}
