/// How the controller's gRPC server listens and treats its connections (spec/configuration.md, `grpc.keepalive`).
package struct ControllerServerConfiguration: Sendable {
    /// The address to bind.
    package var host: String
    /// 0 picks a free port.
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

    package init(host: String = "0.0.0.0", port: Int = 8082) {
        self.host = host
        self.port = port
        minimumPingInterval = .seconds(1)
        permitsPingsWithoutCalls = true
        keepaliveInterval = .seconds(10)
        keepaliveTimeout = .seconds(180)
    }
}
