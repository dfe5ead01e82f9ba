/// Something that makes families when asked, at each scrape.
package protocol MetricCollector: Sendable {
    /// The families now. Names must not be those of others.
    func collect() -> [MetricFamily]
}
