import CoreMetrics
import Foundation
import Observability
import Testing

@Suite("The metrics document")
struct PrometheusTests {
    private let moment = Date(timeIntervalSince1970: 1_800_000_000.25)

    @Test("shows lease acquisitions at 0 from the start")
    func leaseAcquisitionsAtStart() {
        let registry = PrometheusRegistry()
        _ = LeaseAcquisitionMetrics(registry: registry, now: { moment })
        #expect(
            registry.render(.prometheusText) == """
                # HELP jumpstarter_lease_acquisitions_total Requests for a lease, by how they ended.
                # TYPE jumpstarter_lease_acquisitions_total counter
                jumpstarter_lease_acquisitions_total{result="failure"} 0
                jumpstarter_lease_acquisitions_total{result="success"} 0

                """
        )
    }

    @Test("has exemplars of lease acquisitions in OpenMetrics only")
    func leaseAcquisitions() {
        let registry = PrometheusRegistry()
        let metrics = LeaseAcquisitionMetrics(registry: registry, now: { moment })
        metrics.record(.success, client: "alice", leaseID: "l1")
        metrics.record(.success, client: "bob", leaseID: "l2")
        #expect(
            registry.render(.openMetrics) == """
                # HELP jumpstarter_lease_acquisitions Requests for a lease, by how they ended.
                # TYPE jumpstarter_lease_acquisitions counter
                jumpstarter_lease_acquisitions_total{result="failure"} 0
                jumpstarter_lease_acquisitions_total{result="success"} 2 # {client="bob",lease_id="l2"} 1 1800000000.250
                # EOF

                """
        )
        #expect(!registry.render(.prometheusText).contains("bob"))
    }

    @Test("has counters, gauges and histograms of swift-metrics, by name")
    func factory() {
        let registry = PrometheusRegistry()
        registry.describe("dial.size", help: "unused: names are described as shown")
        registry.describe("dial_size", help: "Sizes\nof \"dials\" \\.", buckets: [10, 1, .infinity, 10])
        let factory = PrometheusMetricsFactory(registry: registry)
        factory.makeCounter(label: "a.requests", dimensions: [("code", "OK"), ("9x", "q\"\\\n")]).increment(by: 3)
        factory.makeFloatingPointCounter(label: "cost_total", dimensions: []).increment(by: 0.5)
        factory.makeMeter(label: "open", dimensions: []).set(-2.5)
        factory.makeRecorder(label: "last", dimensions: [], aggregate: false).record(Int64(7))
        let sizes = factory.makeRecorder(label: "dial.size", dimensions: [("le", "x")], aggregate: true)
        for value in [0.5, 1, 5, 100] { sizes.record(value) }
        #expect(
            registry.render(.prometheusText) == #"""
                # TYPE a_requests_total counter
                a_requests_total{_9x="q\"\\\n",code="OK"} 3
                # TYPE cost_total counter
                cost_total 0.5
                # HELP dial_size Sizes\nof "dials" \\.
                # TYPE dial_size histogram
                dial_size_bucket{le_="x",le="1"} 2
                dial_size_bucket{le_="x",le="10"} 3
                dial_size_bucket{le_="x",le="+Inf"} 4
                dial_size_sum{le_="x"} 106.5
                dial_size_count{le_="x"} 4
                # TYPE last gauge
                last 7
                # TYPE open gauge
                open -2.5

                """#
        )
        #expect(registry.render(.openMetrics).contains(#"dial_size_bucket{le_="x",le="1.0"} 2"#))
        #expect(registry.render(.openMetrics).contains(#"# HELP dial_size Sizes\nof \"dials\" \\."#))
    }

    @Test("has timers as histograms in seconds")
    func timer() {
        let registry = PrometheusRegistry()
        let factory = PrometheusMetricsFactory(registry: registry)
        factory.makeTimer(label: "rpc.duration", dimensions: []).recordNanoseconds(20_000_000)
        let text = registry.render(.prometheusText)
        #expect(text.contains("# TYPE rpc_duration_seconds histogram\n"))
        #expect(text.contains("rpc_duration_seconds_bucket{le=\"0.01\"} 0\n"))
        #expect(text.contains("rpc_duration_seconds_bucket{le=\"0.025\"} 1\n"))
        #expect(text.contains("rpc_duration_seconds_sum 0.02\n"))
    }

    @Test("shows the exemplar of a histogram at its bucket")
    func histogramExemplar() {
        let registry = PrometheusRegistry()
        let histogram = registry.histogram("h", buckets: [1, 2])
        let labels = [MetricLabel("lease_id", "l1")]
        histogram.observe(1.5, exemplar: Exemplar(labels: labels, value: 1.5, date: moment))
        #expect(
            registry.render(.openMetrics) == """
                # TYPE h histogram
                h_bucket{le="1.0"} 0
                h_bucket{le="2.0"} 1 # {lease_id="l1"} 1.5 1800000000.250
                h_bucket{le="+Inf"} 1
                h_sum 1.5
                h_count 1
                # EOF

                """
        )
    }

    @Test("keeps exemplars within the length that OpenMetrics permits")
    func exemplarLength() {
        let long = String(repeating: "x", count: 120)
        let labels = [MetricLabel("client", long), MetricLabel("lease_id", "l1")]
        let exemplar = Exemplar(labels: labels, value: 1, date: moment)
        #expect(exemplar.labels == [MetricLabel("client", long)])
        let tooLong = [MetricLabel("client", long + "yyy"), MetricLabel("lease_id", "l1")]
        #expect(Exemplar(labels: tooLong, value: 1, date: moment).labels == [MetricLabel("lease_id", "l1")])
    }

    @Test("counts the same series from every handler of it, whatever the order of its labels")
    func sharedSeries() {
        let registry = PrometheusRegistry()
        registry.counter("c", [("a", "1"), ("b", "2")]).increment(by: 1.0)
        registry.counter("c_total", [("b", "2"), ("a", "1")]).increment(by: 1.0)
        #expect(registry.render(.prometheusText).contains("c_total{a=\"1\",b=\"2\"} 2\n"))
    }

    @Test("never lets a counter fall")
    func monotonicCounter() {
        let counter = PrometheusRegistry().counter("c")
        counter.increment(by: 2.0)
        counter.increment(by: Int64(-1))
        counter.increment(by: Double.nan)
        counter.increment(by: -Double.infinity)
        #expect(counter.value == 2)
    }

    @Test("forgets a destroyed series")
    func destroy() {
        let registry = PrometheusRegistry()
        let factory = PrometheusMetricsFactory(registry: registry)
        let counter = factory.makeCounter(label: "c", dimensions: [("a", "1")])
        _ = factory.makeCounter(label: "c", dimensions: [("a", "2")])
        factory.destroyCounter(counter)
        #expect(registry.render(.prometheusText) == "# TYPE c_total counter\nc_total{a=\"2\"} 0\n")
    }

    @Test("keeps a name's first type and counts what is refused")
    func conflict() {
        let registry = PrometheusRegistry()
        registry.gauge("x").set(1.0)
        registry.histogram("x").observe(1)
        let text = registry.render(.prometheusText)
        #expect(text.contains("# TYPE x gauge\nx 1\n"))
        #expect(text.contains("jumpstarter_metrics_refused_total 1\n"))
    }

    @Test("does not grow without bound")
    func bound() {
        let registry = PrometheusRegistry()
        for index in 0..<(PrometheusRegistry.maximumSeries + 5) {
            registry.gauge("g", [("i", "\(index)")]).set(1.0)
        }
        let families = registry.families()
        #expect(families.first { $0.name == "g" }?.series.count == PrometheusRegistry.maximumSeries)
        #expect(registry.render(.prometheusText).contains("jumpstarter_metrics_refused_total 5\n"))
    }

    @Test("writes numbers as Prometheus reads them")
    func numbers() {
        let registry = PrometheusRegistry()
        for (name, value) in [("a", Double.infinity), ("b", -.infinity), ("c", .nan), ("d", 1e21), ("e", 1e-7)] {
            registry.gauge(name).set(value)
        }
        let values = registry.render(.prometheusText).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(values == ["a +Inf", "b -Inf", "c NaN", "d 1e+21", "e 1e-07"])
    }
}
