/// How the controller's gRPC server listens and treats its connections (spec/configuration.md, `grpc.keepalive`).
package struct ControllerServerConfiguration: Sendable {
    /// The addresses to bind, with one port for all.
    package var hosts: [String]
    /// 0 picks a port that is free at the first address.
    package var port: Int
    /// Pings of clients that come faster than this end in GOAWAY.
    package var minimumPingInterval: Duration
    /// Whether clients may ping while no call is open.
    package var permitsPingsWithoutCalls: Bool
    /// After this long without traffic, the server pings.
    package var keepaliveInterval: Duration
    /// A ping that is not answered within this time ends the connection.
    package var keepaliveTimeout: Duration
    /// Connections without calls are closed after this time; nil never.
    package var maximumIdleTime: Duration?
    /// Connections are closed gracefully at this age; nil never.
    package var maximumAge: Duration?
    /// How long calls may go on after that; nil for ever.
    package var maximumAgeGrace: Duration?

    package init(hosts: [String], port: Int = 8082) {
        self.hosts = hosts
        self.port = port
        minimumPingInterval = .seconds(1)
        permitsPingsWithoutCalls = true
        keepaliveInterval = .seconds(10)
        keepaliveTimeout = .seconds(180)
    }
}
