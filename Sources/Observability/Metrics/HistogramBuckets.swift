/// Buckets of histograms whose description names none.
package enum HistogramBuckets {
    /// For time spans, in seconds: from the cost of a decision in memory to that of a person's patience.
    package static let seconds: [Double] = [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
    ]
    /// For sizes and counts: powers of four.
    package static let amounts: [Double] = [
        1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304,
    ]

    /// Finite, ascending, without repeats: what a histogram needs.
    static func canonical(_ bounds: [Double]) -> [Double] {
        Set(bounds.filter(\.isFinite)).sorted()
    }
}
