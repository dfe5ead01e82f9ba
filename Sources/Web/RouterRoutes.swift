import Hummingbird
package import Observability

/// What a router shows:
///
/// | path | answer | for whom |
/// |---|---|---|
/// | `/metrics` | Prometheus | everybody who reaches the port |
/// | `/healthz`, `/readyz` | `ok`; `/readyz` is 503 while the router drains | everybody |
/// | `/tunnels` | JSON with the names of leases, clients and exporters | loopback addresses only |
package enum RouterRoutes {
    /// A router's port may be open to the world.
    package static let limits = HTTPEndpoint.Limits(connections: 64, idleTime: .seconds(30))

    /// - Parameters:
    ///   - isDraining: Whether the router takes no new streams.
    ///   - tunnels: What goes through it now, as JSON.
    package static func router(
        registry: PrometheusRegistry,
        isDraining: @escaping @Sendable () -> Bool,
        tunnels: @escaping @Sendable () throws -> String
    ) -> HTTPRoutes {
        let router = HTTPRoutes(context: PageContext.self, options: .autoGenerateHeadEndpoints)
        MetricsRoutes.add(to: router, registry: registry)
        ProbeRoutes.add(to: router, whyNot: "draining") { !isDraining() }
        TunnelRoutes.add(to: router, listing: tunnels)
        return router
    }
}
