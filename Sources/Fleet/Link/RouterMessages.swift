// The call of a router to a controller, `jumpstarter.internal.v1.RouterLinkService/Link`, a stream both ways.
//
// | from | message | when |
// |---|---|---|
// | router | hello | first: who it is |
// | router | report | after the hello, then each second and when it begins to drain |
// | controller | empty | in answer to each report: the controller is there |
// | controller | cuts | when leases end, and when a report names tunnels of leases that have ended |
//
// JSON, because both ends are of one version or its neighbour, and because a router runs without protobuf. Fields are
// only ever added, as optional ones.

/// Whose tunnel it is.
package struct TunnelOwner: Codable, Sendable, Hashable {
    /// `NAMESPACE/NAME` of the lease.
    package var lease: String
    /// The lease's uid; nil if the tokens of the tunnel do not say.
    package var uid: String?
    /// The client's name; nil if the tokens do not say.
    package var client: String?

    package init(lease: String, uid: String? = nil, client: String? = nil) {
        self.lease = lease
        self.uid = uid
        self.client = client
    }
}

/// Who a router is.
package struct RouterHello: Codable, Sendable, Hashable {
    /// `host:port` that clients and exporters dial.
    package var endpoint: String
    /// What the router is known by, the same after a restart and no other's; nil for its endpoint.
    package var name: String?
    package var labels: [String: String]?
    /// Streams that it takes on.
    package var capacity: Int

    package init(endpoint: String, name: String? = nil, labels: [String: String]? = nil, capacity: Int) {
        self.endpoint = endpoint
        self.name = name
        self.labels = labels
        self.capacity = capacity
    }
}

/// How a router is.
package struct RouterReport: Codable, Sendable, Hashable {
    /// Tunnels.
    package var pairs: Int
    /// Streams that wait for their partner.
    package var waiting: Int
    /// Payload bytes in both directions, of the last second or so.
    package var bytesPerSecond: Double
    package var isDraining: Bool
    /// Whose tunnels run that did not when it last reported.
    package var begun: [TunnelOwner]?
    /// Whose tunnels have ended since.
    package var over: [TunnelOwner]?

    package init(
        pairs: Int,
        waiting: Int,
        bytesPerSecond: Double = 0,
        isDraining: Bool = false,
        begun: [TunnelOwner]? = nil,
        over: [TunnelOwner]? = nil
    ) {
        self.pairs = pairs
        self.waiting = waiting
        self.bytesPerSecond = bytesPerSecond
        self.isDraining = isDraining
        self.begun = begun
        self.over = over
    }

    package var streams: Int { waiting + 2 * pairs }
}

/// The tunnels of a lease have to end.
package struct CutOrder: Codable, Sendable, Hashable {
    /// Without a client, all tunnels of the lease; the router refuses new ones too.
    package var owner: TunnelOwner
    /// Said to both sides of the tunnel.
    package var reason: String
    /// How long they may go on, because the exporter is ending them by itself.
    package var graceSeconds: Double

    package init(owner: TunnelOwner, reason: String, graceSeconds: Double = 0) {
        self.owner = owner
        self.reason = reason
        self.graceSeconds = graceSeconds
    }
}

/// What a router sends: one of the two.
package struct RouterMessage: Codable, Sendable, Hashable {
    package var hello: RouterHello?
    package var report: RouterReport?

    package init(hello: RouterHello) { self.hello = hello }
    package init(report: RouterReport) { self.report = report }
}

/// What a controller sends.
package struct ControllerMessage: Codable, Sendable, Hashable {
    package var cuts: [CutOrder]?

    package init(cuts: [CutOrder]? = nil) { self.cuts = cuts }
}
