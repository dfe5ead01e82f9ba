import Observability

/// What the router's metrics mean, for those who look at `/metrics`: the router itself knows swift-metrics only, which
/// has no words for it.
enum RouterMetricsHelp {
    private static let texts = [
        "jumpstarter_router_pairs": "Tunnels now.",
        "jumpstarter_router_streams_paired": "Streams that have their partner: two for each tunnel.",
        "jumpstarter_router_streams_waiting": "Streams that wait for their partner.",
        "jumpstarter_router_pairs_total": "Tunnels that came about.",
        "jumpstarter_router_bytes_total": "Payload bytes delivered, by receiver.",
        "jumpstarter_router_messages_total": "gRPC messages received, by whom they are for.",
        "jumpstarter_router_backpressure_seconds":
            "How long a side was not read from because the other took nothing.",
        "jumpstarter_router_handshake_failures_total": "TLS handshakes that came to nothing, by reason.",
        "jumpstarter_router_connections_ended_total": "Connections that the router ended, by reason.",
        "jumpstarter_router_pairing_seconds": "How long the first side waited for the second.",
        "jumpstarter_router_streams_refused_total": "Streams that were refused or never had a partner, by reason.",
    ]

    static func describe(in registry: PrometheusRegistry) {
        for (name, help) in texts { registry.describe(name, help: help) }
    }
}
