import CoreMetrics
import Synchronization

/// A counter. Amounts that are negative or not finite are ignored: a counter only grows.
package final class PrometheusCounter: MetricSeries, CounterHandler, FloatingPointCounterHandler {
    private struct State {
        var value = 0.0
        var exemplar: Exemplar?
    }

    private let state = Mutex(State())

    init() {}

    /// The value now.
    package var value: Double { state.withLock { $0.value } }

    /// Adds an amount; an exemplar replaces the one before.
    package func increment(by amount: Double, exemplar: Exemplar?) {
        guard amount >= 0, amount.isFinite else { return }
        state.withLock { state in
            state.value += amount
            if let exemplar { state.exemplar = exemplar }
        }
    }

    package func increment(by amount: Int64) {
        increment(by: Double(amount), exemplar: nil)
    }

    package func increment(by amount: Double) {
        increment(by: amount, exemplar: nil)
    }

    package func reset() {
        state.withLock { $0 = State() }
    }

    func read(labels: [MetricLabel]) -> MetricFamily.Series {
        state.withLock { MetricFamily.Series(labels: labels, number: $0.value, exemplar: $0.exemplar) }
    }
}
