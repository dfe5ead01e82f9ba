import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

/// Measures a running router from outside.
@main
struct RouterBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measures a running router.")

    @Option(help: "The host:port of the router or relay; the host must be in its certificate.")
    var address: String

    @Option(help: "The secret that signs router tokens (ROUTER_KEY); a relay needs none.")
    var key = ""

    @Option(help: "A PEM file with the certificate authority of the router.")
    var ca: String

    @Option(help: "How many tunnels carry data at once.")
    var pairs = 1

    @Option(help: "Bytes of one message.")
    var payload = 32_768

    @Option(help: "How long to measure throughput; 0 for not at all.")
    var seconds = 10.0

    @Option(help: "How many round trips to measure; 0 for none.")
    var roundTrips = 20_000

    @Option(
        help:
            "How often to measure the same two tunnels, --round-trips and --seconds each time; a line each. 0: not at all."
    )
    var slices = 0

    @Option(help: "Seconds before each slice.")
    var settling = 0.25

    @Option(help: "How many idle tunnels to open at once, and to count the memory of; 0 for none.")
    var idle = 0

    @Option(help: "How many of the idle tunnels share two connections.")
    var sharing = 1

    @Option(help: "The process of the router, to read its CPU time and memory.")
    var routerPid: Int?

    @Option(help: "Threads of this benchmark.")
    var threads = 1

    @Option(help: "Tunnels whose reader takes nothing while its partner sends all it can; 0 for none.")
    var stalled = 0

    @Option(help: "Measure a relay: serve as the backend behind it on this port.")
    var backendPort: Int?

    @Option(help: "The backend's certificate and private key, PEM files.")
    var backendCertificate = ""

    @Option(help: "The backend's private key, a PEM file.")
    var backendKey = ""

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    func validate() throws {
        guard pairs > 0, payload > 0, seconds >= 0, roundTrips >= 0, threads > 0, idle >= 0, stalled >= 0, sharing > 0
        else {
            throw ValidationError("--pairs, --payload, --sharing and --threads must be positive")
        }
        guard slices >= 0, settling >= 0, slices == 0 || (seconds > 0 && roundTrips > 0) else {
            throw ValidationError("--slices needs --seconds and --round-trips")
        }
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        var backend: Backend?
        if let backendPort {
            backend = try await .start(
                port: backendPort,
                certificate: backendCertificate,
                key: backendKey,
                group: group
            )
        }
        let connector = try Connector(address: address, key: key, caFile: ca, group: group, backend: backend)
        if slices > 0 {
            let tunnels = SlicedTunnels(connector: connector, payload: payload, roundTrips: roundTrips)
            try await tunnels.measure(slices, of: .seconds(seconds), after: .seconds(settling), show: show)
            return try await group.shutdownGracefully()
        }
        if seconds > 0 {
            let throughput = Throughput(connector: connector, pairs: pairs, payload: payload, routerPID: routerPid)
            try show(await throughput.measure(for: .seconds(seconds)))
        }
        if roundTrips > 0 {
            try show(await RoundTrips(connector: connector, count: roundTrips).measure())
        }
        if idle > 0, let routerPid {
            let ownThread = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let tunnels = IdleTunnels(
                connector: connector,
                runner: try Connector(address: address, key: key, caFile: ca, group: ownThread, backend: backend),
                count: idle,
                sharing: sharing,
                routerPID: routerPid
            )
            try show(await tunnels.measure())
            try await ownThread.shutdownGracefully()
        }
        if stalled > 0, let routerPid {
            try show(await StalledReaders(connector: connector, count: stalled, routerPID: routerPid).measure())
        }
        try await group.shutdownGracefully()
    }

    private func show(_ measurement: Measurement) throws {
        let line = json ? try measurement.json() : "\(measurement)"
        // Not by print, which keeps what goes into a pipe: whoever reads along knows where it is.
        try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
    }
}
