import CoreMetrics
import Synchronization

/// A histogram with fixed buckets: what becomes of timers (in seconds) and of recorders that aggregate.
package final class PrometheusHistogram: MetricSeries, RecorderHandler, TimerHandler {
    private struct State {
        var counts: [UInt64]
        var exemplars: [Exemplar?]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    /// - Parameter bounds: finite upper bounds, ascending; infinity is added.
    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(
            State(
                counts: Array(repeating: 0, count: bounds.count + 1),
                exemplars: Array(repeating: nil, count: bounds.count + 1)
            )
        )
    }

    /// Counts an observation; one that is not a number is ignored.
    package func observe(_ value: Double, exemplar: Exemplar? = nil) {
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
            if let exemplar { state.exemplars[index] = exemplar }
        }
    }

    package func record(_ value: Int64) { observe(Double(value)) }

    package func record(_ value: Double) { observe(value) }

    package func recordNanoseconds(_ duration: Int64) { observe(Double(duration) / 1_000_000_000) }

    func read(labels: [MetricLabel]) -> MetricFamily.Series {
        let state = state.withLock { $0 }
        var cumulative: UInt64 = 0
        let buckets = state.counts.indices.map { index in
            cumulative += state.counts[index]
            return HistogramValue.Bucket(
                upperBound: index < bounds.count ? bounds[index] : .infinity,
                count: cumulative,
                exemplar: state.exemplars[index]
            )
        }
        return MetricFamily.Series(labels: labels, histogram: HistogramValue(buckets: buckets, sum: state.sum))
    }
}
