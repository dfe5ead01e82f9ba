/// `grpc.keepalive`: how the gRPC server treats connections.
package struct KeepaliveConfiguration: Hashable, Sendable {
    /// `minTime`: least time between a client's pings; those of a client that pings more often are held against it.
    package var minimumPingInterval: Duration = .seconds(1)
    /// `permitWithoutStream`: whether pings are permitted while no call is open.
    package var permitWithoutStream = true
    /// `timeout`: how long the server waits for the answer to its own ping before it closes the connection.
    package var timeout: Duration = .seconds(180)
    /// `intervalTime`: silence after which the server pings.
    package var interval: Duration = .seconds(10)
    /// `maxConnectionIdle`: how long a connection without calls is kept; nil for ever.
    package var maximumIdle: Duration?
    /// `maxConnectionAge`: how long a connection is kept at all; nil for ever.
    package var maximumAge: Duration?
    /// `maxConnectionAgeGrace`: how long calls may go on after that; nil for ever.
    package var maximumAgeGrace: Duration?

    /// The defaults.
    package init() {}

    init(reading value: ConfigurationValue) {
        let second = Duration.seconds(1)
        var object = value.object()
        minimumPingInterval = object.read("minTime").duration(default: second, atLeast: .zero)
        permitWithoutStream = object.read("permitWithoutStream").bool(default: true)
        timeout = object.read("timeout").duration(default: .seconds(180), atLeast: second)
        interval = object.read("intervalTime").duration(default: .seconds(10), atLeast: second)
        maximumIdle = object.read("maxConnectionIdle").optionalDuration(atLeast: second)
        maximumAge = object.read("maxConnectionAge").optionalDuration(atLeast: second)
        maximumAgeGrace = object.read("maxConnectionAgeGrace").optionalDuration(atLeast: .zero)
        object.finish()
    }
}
