import ArgumentParser
import Foundation
import KubernetesStore
import Logging
import ObjectStore
import SQLiteStore

/// Which lab a command is about: a standalone service's data folder, or a namespace of a cluster.
struct LabLocation: ParsableArguments {
    @Option(help: "The data folder of a standalone service, which must not be running. Default: ./data.")
    var dataDir: String?

    @Option(help: "A kubeconfig: the lab is on a cluster. With --context alone: KUBECONFIG, else ~/.kube/config.")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig to use: the lab is on a cluster.")
    var context: String?

    @Option(help: "The namespace. Default: export takes the context's, else default; import what the file says.")
    var namespace: String?

    private var isCluster: Bool { kubeconfig != nil || context != nil }

    mutating func validate() throws {
        if dataDir != nil && isCluster {
            throw ValidationError("--data-dir and --kubeconfig or --context: name a data folder or a cluster, not both")
        }
    }

    /// Opens the store of the lab for a body, and closes it afterwards.
    /// - Parameter mustExist: Whether a data folder without a database is an error, instead of a new lab.
    /// - Throws: `StartupError`, and the errors of the stores, whose descriptions are made for the terminal.
    func withStore(
        mustExist: Bool,
        logger: Logger,
        _ body: (any ObjectStore, _ contextNamespace: String?) async throws -> Void
    ) async throws {
        if isCluster {
            let (store, namespace) = try cluster(logger)
            try await Self.use(store, close: store.close) { try await body($0, namespace) }
        } else {
            let folder = URL(filePath: dataDir ?? "./data").standardizedFileURL
            let database = folder.appending(path: "store.sqlite").path
            if mustExist && !FileManager.default.fileExists(atPath: database) {
                throw StartupError("\(database): is not there; name the data folder of a lab with --data-dir")
            }
            let store = try SQLiteStore(SQLiteStoreConfiguration(folder: folder, now: { Date() }, logger: logger))
            try await Self.use(store, close: store.close) { try await body($0, nil) }
        }
    }

    private func cluster(_ logger: Logger) throws -> (store: KubernetesStore, namespace: String?) {
        let environment = KubernetesEnvironment.ofThisProcess
        let connection = try KubernetesConnection.discover(environment, kubeconfig: kubeconfig, context: context)
        let store = try KubernetesStore(connection: connection, environment: environment, logger: logger)
        return (store, connection.namespace)
    }

    private static func use<Store: ObjectStore>(
        _ store: Store,
        close: () async throws -> Void,
        _ body: (any ObjectStore) async throws -> Void
    ) async throws {
        do {
            try await body(store)
        } catch {
            try await close()
            throw error
        }
        try await close()
    }
}
