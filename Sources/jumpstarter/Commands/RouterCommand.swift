import ArgumentParser
import Foundation

/// `jumpstarter router`: one router, which knows only the shared key and its configuration.
struct RouterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "router",
        abstract: "Runs one router beside others.",
        discussion: """
            Environment: ROUTER_KEY (required, the same as the controller's), GRPC_ROUTER_ENDPOINT (public host:port), \
            EXTERNAL_CERT_PEM and EXTERNAL_KEY_PEM (paths; without them a self-signed certificate for the endpoint's \
            host), CONTROLLER_ENDPOINTS (where the controllers are, to report to them), GRPC_ENDPOINT and CA_BUNDLE_PEM \
            (the name and the authority of the controllers' certificate), ROUTER_NAME, ROUTER_LABELS. SIGTERM drains: new \
            streams are refused, running ones may end.
            """,
        subcommands: [RouterTopCommand.self]
    )

    @Option(help: "The address to listen on. Default: every address.")
    var bind: String?

    @Option(help: "The port to listen on; 0 picks a free one.")
    var port = 8083

    @Option(help: "How many seconds running tunnels may go on after SIGTERM.")
    var drainTimeout = 300

    @Option(help: "Where metrics are served, as [address]:port; port 0 picks a free one.")
    var metricsBindAddress = ":8080"

    @OptionGroup(title: "Limits") var limits: RouterLimits

    @OptionGroup var log: LogOptions

    mutating func validate() throws {
        if drainTimeout < 0 { throw ValidationError("--drain-timeout \(drainTimeout): must not be negative") }
        _ = try BindAddress(option: "--metrics-bind-address", metricsBindAddress)
    }

    func run() async throws {
        let logger = log.bootstrap { Date() }
        do {
            try await RouterService(self, logger: logger).run()
        } catch {
            throw CommandFailure.told(error)
        }
    }
}
