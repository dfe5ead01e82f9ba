import Fleet
import Router

/// A router as its reports to controllers need it.
struct RouterOnLink: LinkedRouter {
    let server: RouterServer

    var status: LinkedRouterStatus {
        let load = server.load
        return LinkedRouterStatus(
            pairs: load.pairs,
            waiting: load.waitingStreams,
            bytes: load.bytes,
            isDraining: load.isDraining,
            owners: Set(server.leases.map { TunnelOwner(lease: $0.lease, uid: $0.uid, client: $0.client) })
        )
    }

    func cut(_ order: CutOrder) {
        server.cut(
            LeaseCut(
                lease: order.owner.lease,
                uid: order.owner.uid,
                client: order.owner.client,
                reason: order.reason,
                // A controller of another version must not make a router wait for ever.
                grace: .seconds(min(max(order.graceSeconds, 0), 60))
            )
        )
    }

    func drainBegins() -> AsyncStream<Void> { server.drainBegins() }
}
