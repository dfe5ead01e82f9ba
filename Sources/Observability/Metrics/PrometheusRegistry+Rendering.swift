extension PrometheusRegistry {
    /// The document to answer a scrape with; its content type is the format's.
    package func render(_ format: ExpositionFormat) -> String {
        var writer = ExpositionWriter(format: format)
        for family in families() { writer.write(family) }
        return writer.finish()
    }
}
