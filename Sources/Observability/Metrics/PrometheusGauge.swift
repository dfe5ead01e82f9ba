import CoreMetrics
import Synchronization

/// A gauge; also what becomes of a recorder that does not aggregate: its last value.
package final class PrometheusGauge: MetricSeries, MeterHandler, RecorderHandler {
    private let state = Mutex(0.0)

    init() {}

    /// The value now.
    package var value: Double { state.withLock { $0 } }

    package func set(_ value: Int64) { set(Double(value)) }

    package func set(_ value: Double) { state.withLock { $0 = value } }

    package func increment(by amount: Double) { state.withLock { $0 += amount } }

    package func decrement(by amount: Double) { state.withLock { $0 -= amount } }

    package func record(_ value: Int64) { set(Double(value)) }

    package func record(_ value: Double) { set(value) }

    func read(labels: [MetricLabel]) -> MetricFamily.Series {
        MetricFamily.Series(labels: labels, number: value)
    }
}
