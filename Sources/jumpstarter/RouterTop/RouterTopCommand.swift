import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import UnixSignals

/// `jumpstarter router top`: what goes through a router now.
struct RouterTopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Shows the tunnels of a router on this machine, with their rates, each second anew.",
        discussion: """
            q or Ctrl-C ends it. The router, or the standalone service, tells its tunnels to this machine only; in a \
            cluster use kubectl port-forward, or kubectl exec.
            """
    )

    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }

    @Option(help: "Where the router serves its metrics, host:port.")
    var address = "127.0.0.1:8080"

    @Flag(help: "Show one picture, with the rates of one second, and end.")
    var once = false

    @Option(help: "table, or json: one document a line.")
    var output = Output.table

    private static let interval = Duration.seconds(1)

    func run() async throws {
        do {
            try await show()
        } catch is CancellationError {
            // Ended by a key or a signal.
        } catch {
            throw CommandFailure.told(error)
        }
    }

    private func show() async throws {
        let first = try await listing()
        if once {
            try await Task.sleep(for: Self.interval)
            return try write(TopTable(try await listing(), before: first, seconds: 1))
        }
        if output == .table, let terminal = Terminal() {
            try await watch(first) { table in
                let (width, height) = terminal.size
                terminal.show(table.lines(address: address, width: width, height: height))
            }
        } else {
            try await watch(first, write)
        }
    }

    /// Shows one picture after the other until a key or a signal ends it.
    private func watch(_ first: TunnelListing, _ show: (TopTable) throws -> Void) async throws {
        enum Event { case due, redraw, end }
        let (events, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(4))
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sigwinch)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await signal in signals { continuation.yield(signal == .sigwinch ? .redraw : .end) }
            }
            if isatty(STDIN_FILENO) == 1 {
                group.addTask {
                    for await key in Terminal.keys() where key == UInt8(ascii: "q") || key == UInt8(ascii: "Q") {
                        continuation.yield(.end)
                    }
                }
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.interval)
                    continuation.yield(.due)
                }
            }
            defer { group.cancelAll() }
            var last = (listing: first, moment: ContinuousClock.now)
            var table = TopTable(first, before: nil, seconds: 0)
            try show(table)
            for await event in events {
                switch event {
                case .end: return
                case .redraw: try show(table)
                case .due:
                    let (next, now) = (try await listing(), ContinuousClock.now)
                    let seconds = last.moment.duration(to: now) / .seconds(1)
                    table = TopTable(next, before: last.listing, seconds: seconds)
                    last = (next, now)
                    try show(table)
                }
            }
        }
    }

    private func write(_ table: TopTable) throws {
        var text = table.lines(address: address).joined(separator: "\n") + "\n"
        if output == .json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            text = String(decoding: try encoder.encode(table), as: UTF8.self) + "\n"
        } else if !once {
            text += "\n"
        }
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    private func listing() async throws -> TunnelListing {
        let response: HTTPClientResponse
        do {
            response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "http://\(address)/tunnels"),
                timeout: .seconds(5)
            )
        } catch {
            throw StartupError("no router answers at \(address) (\(error)); --address is where it serves its metrics")
        }
        // 20,000 streams make 10,000 tunnels of less than 2 KiB.
        let body = try await response.body.collect(upTo: 32 * 1024 * 1024)
        let text = String(buffer: body)
        guard response.status == .ok else {
            throw StartupError("\(address) answers \(response.status.code): \(text.prefix(200))")
        }
        do {
            return try JSONDecoder().decode(TunnelListing.self, from: Data(text.utf8))
        } catch {
            throw StartupError("what answers at \(address) is not a router of this version")
        }
    }
}
