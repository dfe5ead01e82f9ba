/// A live series that the registry can read.
protocol MetricSeries: AnyObject, Sendable {
    /// The value now.
    func read(labels: [MetricLabel]) -> MetricFamily.Series
}
