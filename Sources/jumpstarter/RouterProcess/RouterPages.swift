import Observability
import Router
import Web

/// The plain HTTP pages of one router.
enum RouterPages {
    static func routes(registry: PrometheusRegistry, server: RouterServer) -> HTTPRoutes {
        RouterRoutes.router(
            registry: registry,
            isDraining: { server.load.isDraining },
            tunnels: { try TunnelListing(of: server).json }
        )
    }
}
