import ArgumentParser
import Router

/// What a router takes on and how long it waits, as options of the command line.
struct RouterLimits: ParsableArguments {
    private static let numbers = 1...1_000_000
    /// Far more than any client opens on one connection.
    private static let streamsOfConnection = 1...100_000
    /// With less, calls of our own clients would be refused; more does not fit into the frames that a connection accepts.
    private static let bytes = 2_048...65_536
    private static let seconds = 1...86_400

    @Option(help: "Streams in all, waiting and paired; a tunnel has two.")
    var maxStreams = RouterConfiguration.defaults.maximumStreams

    @Option(help: "Streams that wait for their partner.")
    var maxWaitingStreams = RouterConfiguration.defaults.maximumWaitingStreams

    @Option(help: "Streams on one connection.")
    var maxStreamsPerConnection = RouterConfiguration.defaults.maximumStreamsPerConnection

    @Option(help: "Connections; Jumpstarter's own clients and exporters make one for each stream.")
    var maxConnections = RouterConfiguration.defaults.maximumConnections

    @Option(help: "Connections of an address without a good token; beyond, new ones wait or are refused.")
    var maxUnprovenConnections = RouterConfiguration.defaults.maximumUnprovenConnections

    @Option(help: "How many of these are forgotten in a second.")
    var unprovenConnectionRate = RouterConfiguration.defaults.unprovenConnectionsPerSecond

    @Option(help: "Bytes of a call's headers: names, values and 32 for each field.")
    var maxHeaderBytes = RouterConfiguration.defaults.maximumHeaderBytes

    @Option(help: "Seconds that a TLS handshake may take, and after it the beginning of HTTP/2.")
    var handshakeTimeout = Self.whole(RouterConfiguration.defaults.handshakeTimeout)

    @Option(help: "Seconds that a connection may be without a stream.")
    var idleTimeout = Self.whole(RouterConfiguration.defaults.idleTimeout)

    @Option(help: "Seconds that a stream waits for its partner.")
    var pairingTimeout = Self.whole(RouterConfiguration.defaults.pairingTimeout)

    mutating func validate() throws {
        try Self.check("--max-streams", maxStreams, Self.numbers)
        try Self.check("--max-waiting-streams", maxWaitingStreams, Self.numbers)
        try Self.check("--max-streams-per-connection", maxStreamsPerConnection, Self.streamsOfConnection)
        try Self.check("--max-connections", maxConnections, Self.numbers)
        try Self.check("--max-unproven-connections", maxUnprovenConnections, Self.numbers)
        try Self.check("--unproven-connection-rate", unprovenConnectionRate, Self.numbers)
        try Self.check("--max-header-bytes", maxHeaderBytes, Self.bytes, " bytes")
        try Self.check("--handshake-timeout", handshakeTimeout, Self.seconds, " seconds")
        try Self.check("--idle-timeout", idleTimeout, Self.seconds, " seconds")
        try Self.check("--pairing-timeout", pairingTimeout, Self.seconds, " seconds")
    }

    func apply(to configuration: inout RouterConfiguration) {
        configuration.maximumStreams = maxStreams
        configuration.maximumWaitingStreams = maxWaitingStreams
        configuration.maximumStreamsPerConnection = maxStreamsPerConnection
        configuration.maximumConnections = maxConnections
        configuration.maximumUnprovenConnections = maxUnprovenConnections
        configuration.unprovenConnectionsPerSecond = unprovenConnectionRate
        configuration.maximumHeaderBytes = maxHeaderBytes
        configuration.handshakeTimeout = .seconds(handshakeTimeout)
        configuration.idleTimeout = .seconds(idleTimeout)
        configuration.pairingTimeout = .seconds(pairingTimeout)
    }

    private static func check(_ option: String, _ value: Int, _ accepted: ClosedRange<Int>, _ unit: String = "") throws
    {
        if accepted.contains(value) { return }
        throw ValidationError("\(option) \(value): expected \(accepted.lowerBound) to \(accepted.upperBound)\(unit)")
    }

    private static func whole(_ duration: Duration) -> Int { Int(duration.components.seconds) }
}
