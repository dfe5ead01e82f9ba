import Synchronization

/// All metrics of the process.
///
/// Bound: ``maximumSeries`` series a family. A series beyond that, or of a name that already has another type, works
/// for its holder but is not shown; the metric `jumpstarter_metrics_refused_total` counts those.
package final class PrometheusRegistry: Sendable {
    /// Greatest number of series in a family.
    package static let maximumSeries = 10_000

    private struct Description {
        var help = ""
        var buckets: [Double]?
    }

    private struct Family {
        let kind: MetricFamily.Kind
        var series: [[MetricLabel]: any MetricSeries] = [:]
    }

    private struct State {
        var descriptions: [String: Description] = [:]
        var families: [String: Family] = [:]
        var collectors: [any MetricCollector] = []
        var refused = 0
    }

    private let state = Mutex(State())

    /// Creates an empty registry.
    package init() {}

    /// Says what a metric means, and for a histogram its buckets. To be called before the first use of the name; the
    /// name is the one that is shown.
    package func describe(_ name: String, help: String, buckets: [Double]? = nil) {
        state.withLock { $0.descriptions[name] = Description(help: help, buckets: buckets) }
    }

    /// Adds a source of families.
    package func register(_ collector: any MetricCollector) {
        state.withLock { $0.collectors.append(collector) }
    }

    /// The counter of that name and labels; `_total` is added to the name where it is missing.
    package func counter(_ label: String, _ dimensions: [(String, String)] = []) -> PrometheusCounter {
        let name = MetricName.suffixed(MetricName.sanitized(label), with: "_total")
        return series(name, .counter, dimensions) { _ in PrometheusCounter() }
    }

    /// The gauge of that name and labels.
    package func gauge(_ label: String, _ dimensions: [(String, String)] = []) -> PrometheusGauge {
        series(MetricName.sanitized(label), .gauge, dimensions) { _ in PrometheusGauge() }
    }

    /// The histogram of that name and labels.
    ///
    /// - Parameter buckets: used unless the name's description has some.
    package func histogram(
        _ label: String,
        _ dimensions: [(String, String)] = [],
        buckets: [Double] = HistogramBuckets.amounts
    ) -> PrometheusHistogram {
        series(MetricName.sanitized(label), .histogram, dimensions) { described in
            PrometheusHistogram(bounds: HistogramBuckets.canonical(described ?? buckets))
        }
    }

    /// Forgets a series. Its handlers go on working, unseen.
    func remove(_ series: any MetricSeries) {
        state.withLock { state in
            for (name, family) in state.families {
                guard let entry = family.series.first(where: { $0.value === series }) else { continue }
                state.families[name]?.series[entry.key] = nil
                return
            }
        }
    }

    /// All families now, by name.
    package func families() -> [MetricFamily] {
        let state = state.withLock { $0 }
        var families = state.families.map { name, family in
            MetricFamily(
                name: name,
                kind: family.kind,
                help: state.descriptions[name]?.help ?? "",
                series: family.series.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { $1.read(labels: $0) }
            )
        }
        if state.refused > 0 { families.append(Self.refusedFamily(state.refused)) }
        families += state.collectors.flatMap { $0.collect() }
        return families.sorted { $0.name < $1.name }
    }

    private func series<Series: MetricSeries>(
        _ name: String,
        _ kind: MetricFamily.Kind,
        _ dimensions: [(String, String)],
        make: ([Double]?) -> Series
    ) -> Series {
        let labels = MetricLabel.canonical(dimensions)
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind)
            if let existing = family.series[labels] as? Series { return existing }
            let made = make(state.descriptions[name]?.buckets)
            guard family.kind == kind, family.series.count < Self.maximumSeries else {
                state.refused += 1
                return made
            }
            family.series[labels] = made
            state.families[name] = family
            return made
        }
    }

    private static func refusedFamily(_ count: Int) -> MetricFamily {
        MetricFamily(
            name: "jumpstarter_metrics_refused_total",
            kind: .counter,
            help: "Series not shown because of their number or because the name has another type.",
            series: [MetricFamily.Series(number: Double(count))]
        )
    }
}
