/// `telemetry`: where exporters send their logs.
package struct TelemetryConfiguration: Hashable, Sendable {
    /// The severities, the least first.
    package static let severities = ["debug", "info", "warning", "error", "critical"]

    /// `enabled`: whether exporters are told of an endpoint.
    package var enabled = false
    /// `endpoint`: host and port; nil means the service's own gRPC endpoint.
    package var endpoint: HostPort?
    /// `certificate`: PEM text exporters are to trust there; empty for none.
    package var certificate = ""
    /// `logging.filter.min_severity`: least severity exporters send.
    package var minimumSeverity = "info"

    /// The defaults.
    package init() {}

    init(reading value: ConfigurationValue) {
        var object = value.object()
        enabled = object.read("enabled").bool(default: false)
        endpoint = HostPort.optional(object.read("endpoint"))
        certificate = object.read("certificate").string()
        var logging = object.read("logging").object()
        var filter = logging.read("filter").object()
        minimumSeverity = filter.read("min_severity").choice(Self.severities, default: "info")
        filter.finish()
        logging.finish()
        object.finish()
    }
}
