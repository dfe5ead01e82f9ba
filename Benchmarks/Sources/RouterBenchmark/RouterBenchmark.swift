import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

/// Measures a running router from outside.
@main
struct RouterBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Measures a running router.")

    @Option(help: "The router's host:port; the host must be in its certificate.")
    var address: String

    @Option(help: "The secret that signs router tokens (ROUTER_KEY).")
    var key: String

    @Option(help: "A PEM file with the certificate authority of the router.")
    var ca: String

    @Option(help: "How many tunnels carry data at once.")
    var pairs = 1

    @Option(help: "Bytes of one message.")
    var payload = 32_768

    @Option(help: "How long to measure throughput.")
    var seconds = 10

    @Option(help: "How many round trips to measure; 0 for none.")
    var roundTrips = 20_000

    @Option(help: "The router's process, to read its CPU time.")
    var routerPid: Int?

    @Option(help: "Threads of this benchmark.")
    var threads = 1

    func validate() throws {
        guard pairs > 0, payload > 0, seconds > 0, roundTrips >= 0, threads > 0 else {
            throw ValidationError("--pairs, --payload, --seconds and --threads must be positive")
        }
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let connector = try Connector(address: address, key: key, caFile: ca, group: group)
        if seconds > 0 {
            let throughput = Throughput(connector: connector, pairs: pairs, payload: payload, routerPID: routerPid)
            print(try await throughput.measure(for: .seconds(seconds)))
        }
        if roundTrips > 0 {
            print(try await RoundTrips(connector: connector, count: roundTrips).measure())
        }
        try await group.shutdownGracefully()
    }
}
