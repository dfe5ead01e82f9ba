import ArgumentParser
import Foundation
import Resources

/// `jumpstarter standalone`: everything on one machine, on an embedded store.
struct Standalone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs controller, router and a Kubernetes-shaped API on this machine, without a cluster.",
        discussion: """
            Everything is kept in the data folder: the database, keys, certificates and an administrator's kubeconfig. \
            When the service is ready, one line of JSON with every endpoint is printed on standard output. SIGTERM or \
            Ctrl-C ends it.
            """
    )

    @Option(help: "The folder that keeps everything; made when it is missing.")
    var dataDir = "./data"

    @Option(help: "The namespace of the kubeconfig and of the login page.")
    var namespace = "default"

    @Option(help: "The name or address under which clients and exporters reach this machine; goes into certificates.")
    var host = "localhost"

    @Option(help: "The address to listen on. Default: the loopback addresses for a local host, else every address.")
    var bind: String?

    @Option(help: "A YAML file with the configuration (docs/configuration.md).")
    var config: String?

    @Option(help: "Controller (gRPC). 0 picks a free port, here and below.")
    var controllerPort = 8082

    @Option(help: "Router (gRPC).")
    var routerPort = 8083

    @Option(help: "Web page (HTTP).")
    var webPort = 8084

    @Option(help: "Login service (HTTP).")
    var loginPort = 8086

    @Option(help: "Kubernetes-shaped API (HTTPS).")
    var apiPort = 6443

    @Option(help: "Probes /healthz and /readyz (HTTP).")
    var healthPort = 8081

    @Option(help: "Metrics (HTTP).")
    var metricsPort = 8080

    @Option(help: "How long after its last sign of life an exporter counts as online, as a Go duration.")
    var exporterOfflineTimeout = "60s"

    @OptionGroup var log: LogOptions

    mutating func validate() throws {
        if let problem = LabelSyntax.problem(withDNSLabel: namespace) {
            throw ValidationError("--namespace \(namespace): \(problem)")
        }
        if host.isEmpty || host.contains("/") || host.contains(" ") {
            throw ValidationError("--host \(host): expected a host name or an IP address, without scheme and port")
        }
        _ = try offlineTimeout()
    }

    /// - Throws: `ValidationError`.
    func offlineTimeout() throws -> GoDuration { try OfflineTimeout.parse(exporterOfflineTimeout) }

    func run() async throws {
        let logger = log.bootstrap { Date() }
        do {
            try await StandaloneService(self, logger: logger).run()
        } catch {
            throw CommandFailure.told(error)
        }
    }
}
