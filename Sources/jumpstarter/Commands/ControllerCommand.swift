import ArgumentParser
import Foundation
import Resources

/// `jumpstarter controller`: the controller on a Kubernetes cluster.
struct ControllerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "controller",
        abstract: "Runs the controller on a Kubernetes cluster, in one namespace.",
        discussion: """
            In a pod it uses the service account; elsewhere a kubeconfig. Environment: NAMESPACE, CONTROLLER_KEY and \
            ROUTER_KEY (or KEYS_SECRET, a Secret that is made when it is missing), GRPC_ENDPOINT, \
            GRPC_ROUTER_ENDPOINT, LOGIN_ENDPOINT, LOGIN_SERVICE_PORT, CA_BUNDLE_PEM, EXTERNAL_CERT_PEM, \
            EXTERNAL_KEY_PEM, POD_NAME, POD_IP. Configuration: the ConfigMap jumpstarter-controller \
            (docs/configuration.md).
            """
    )

    @Option(help: "A kubeconfig. Default: KUBECONFIG, else the pod's service account, else ~/.kube/config.")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig to use.")
    var context: String?

    @Flag(inversion: .prefixedNo, help: "Whether replicas elect one that decides. Without it, run only one.")
    var leaderElect = true

    @Option(help: "After how many seconds without a sign of the leader another replica takes over.")
    var leaderLeaseSeconds = 10

    @Option(help: "Where metrics are served, as [address]:port; port 0 picks a free one, here and below.")
    var metricsBindAddress = ":8080"

    @Option(help: "Where /healthz and /readyz are served, as [address]:port.")
    var healthProbeBindAddress = ":8081"

    @Option(help: "The address that everything else listens on. Default: every address.")
    var bind: String?

    @Option(help: "Controller (gRPC).")
    var controllerPort = 8082

    @Option(help: "Web page (HTTP).")
    var webPort = 8084

    @Option(help: "Calls between replicas of the controller (gRPC).")
    var internalPort = 8087

    @Option(help: "How many seconds after SIGTERM calls are still taken, while /readyz says no.")
    var drainDelay = 0

    @Option(help: "How long after its last sign of life an exporter counts as online, as a Go duration.")
    var exporterOfflineTimeout = "60s"

    @Option(help: "How many requests a second are sent to the API server at most.")
    var apiRequestsPerSecond = 1000.0

    @OptionGroup var log: LogOptions

    mutating func validate() throws {
        _ = try offlineTimeout()
        if leaderLeaseSeconds < 3 {
            throw ValidationError("--leader-lease-seconds \(leaderLeaseSeconds): must be at least 3")
        }
        if drainDelay < 0 { throw ValidationError("--drain-delay \(drainDelay): must not be negative") }
        if apiRequestsPerSecond < 1 {
            throw ValidationError("--api-requests-per-second \(apiRequestsPerSecond): must be at least 1")
        }
        _ = try BindAddress(option: "--metrics-bind-address", metricsBindAddress)
        _ = try BindAddress(option: "--health-probe-bind-address", healthProbeBindAddress)
    }

    /// - Throws: `ValidationError`.
    func offlineTimeout() throws -> GoDuration { try OfflineTimeout.parse(exporterOfflineTimeout) }

    func run() async throws {
        let logger = log.bootstrap { Date() }
        do {
            try await ClusterService(self, logger: logger).run()
        } catch {
            throw CommandFailure.told(error)
        }
    }
}
