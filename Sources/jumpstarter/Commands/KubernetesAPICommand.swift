import ArgumentParser
import Foundation
import KubernetesAPI
import Logging
import SQLiteStore
import ServiceConfiguration
import ServiceLifecycle
import Transport
import UnixSignals

/// `jumpstarter kubernetes-api`: the Kubernetes-shaped API alone, for trying `jumpstarter controller` without a cluster.
struct KubernetesAPICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubernetes-api",
        abstract: "Runs the Kubernetes-shaped API alone, to try the controller without a cluster.",
        discussion: """
            It serves the objects of the service over an embedded database, and decides nothing. One line of JSON on \
            standard output names the administrator's kubeconfig.
            """
    )

    @Option(help: "The folder that keeps everything; made when it is missing.")
    var dataDir = "./data"

    @Option(help: "The namespace of the kubeconfig; made when it is missing.")
    var namespace = "default"

    @Option(help: "The port to listen on; 0 picks a free one.")
    var port = 6443

    @Option(help: "A file that gets one line for each request: method, path, status and user agent.")
    var auditLog: String?

    @OptionGroup var log: LogOptions

    func run() async throws {
        let logger = log.bootstrap { Date() }
        do {
            try await serve(logger)
        } catch {
            throw CommandFailure.told(error)
        }
    }

    private func serve(_ logger: Logger) async throws {
        let folder = DataFolder(url: URL(filePath: dataDir).standardizedFileURL)
        let store = try SQLiteStore(SQLiteStoreConfiguration(folder: folder.url, now: { Date() }, logger: logger))
        let keys = try StandaloneKeys(
            folder: folder,
            environment: ServiceEnvironment(variables: [:], role: .standalone),
            host: "localhost",
            now: Date()
        )
        let seeder = NamespaceSeeder(store: store, caPEM: nil, logger: logger)
        try await seeder.seed(["default", "kube-system", namespace])
        var configuration = KubernetesAPIServer.Configuration(
            host: "127.0.0.1",
            port: port,
            certificateChainPEM: keys.apiIdentity.certificateChainPEM,
            privateKeyPEM: keys.apiIdentity.privateKeyPEM,
            api: .init(
                adminToken: keys.administratorToken,
                version: Release.version,
                now: { Date() },
                makeUID: { UUID() }
            ),
            logger: logger
        )
        if let auditLog { configuration.audit = try Self.audit(to: auditLog) }
        let namespace = namespace
        let server = KubernetesAPIServer(store: store, configuration: configuration) { port in
            let kubeconfig = Kubeconfig(
                server: "https://127.0.0.1:\(port)",
                certificateAuthorityPEM: keys.authority.certificatePEM,
                token: keys.administratorToken,
                namespace: namespace
            )
            do {
                try folder.write(kubeconfig.yaml, to: "kubeconfig")
                let path = folder.url.appending(path: "kubeconfig").path
                let line = "{\"ready\":true,\"port\":\(port),\"kubeconfig\":\"\(path)\"}\n"
                FileHandle.standardOutput.write(Data(line.utf8))
            } catch {
                logger.error("the administrator's kubeconfig could not be written", metadata: ["error": "\(error)"])
            }
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: server)],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
        try await store.close()
    }

    private static func audit(to path: String) throws -> @Sendable (APIAuditRecord) -> Void {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else {
            throw StartupError("--audit-log \(path): cannot be written")
        }
        return { record in file.write(Data("\(record)\n".utf8)) }
    }
}
