/// All series of one name at one moment, ready to be written out.
package struct MetricFamily: Hashable, Sendable {
    /// The type Prometheus is told.
    package enum Kind: String, Hashable, Sendable {
        /// Only grows; its name ends in `_total`.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts observations in buckets.
        case histogram
    }

    /// One series.
    package struct Series: Hashable, Sendable {
        /// Sorted by name.
        package let labels: [MetricLabel]
        /// The value.
        package let value: Value

        /// Creates a series of a single number.
        package init(labels: [MetricLabel] = [], number: Double, exemplar: Exemplar? = nil) {
            self.labels = labels
            value = .number(number, exemplar)
        }

        /// Creates a series of a histogram.
        package init(labels: [MetricLabel], histogram: HistogramValue) {
            self.labels = labels
            value = .histogram(histogram)
        }
    }

    /// What a series has.
    package enum Value: Hashable, Sendable {
        /// Of a counter or a gauge.
        case number(Double, Exemplar?)
        /// Of a histogram.
        case histogram(HistogramValue)
    }

    /// Full name, with `_total` for a counter.
    package let name: String
    /// Type.
    package let kind: Kind
    /// A sentence for people; may be empty.
    package let help: String
    /// In order of labels.
    package let series: [Series]

    /// Creates a family.
    package init(name: String, kind: Kind, help: String, series: [Series]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.series = series
    }
}

/// The state of a histogram.
package struct HistogramValue: Hashable, Sendable {
    /// One bucket.
    package struct Bucket: Hashable, Sendable {
        /// Greatest value counted here; infinity for the last.
        package let upperBound: Double
        /// Observations not greater than the bound: cumulative.
        package let count: UInt64
        /// The last observation that fell into this very bucket.
        package let exemplar: Exemplar?
    }

    /// By bound; the last is infinity.
    package let buckets: [Bucket]
    /// Sum of all observations.
    package let sum: Double
    /// Number of observations.
    package var count: UInt64 { buckets.last?.count ?? 0 }
}
