import Logging
import ObjectStore
import Resources
import ServiceLifecycle

/// Gives every namespace the ConfigMap in which `jmp admin` finds the CA for a new client's configuration
/// (spec/resources.md, Secrets, ConfigMaps, Events).
struct NamespaceSeeder: Service {
    private static let configMapName = "jumpstarter-service-ca-cert"

    let store: any ObjectStore
    /// The authority to publish; nil publishes none, which means that a public one signed the certificates.
    let caPEM: String?
    let logger: Logger

    /// Creates the namespaces that must be there, and their ConfigMaps.
    func seed(_ namespaces: [String]) async throws {
        for name in namespaces {
            do {
                _ = try await store.create(Namespace(metadata: ObjectMeta(name: name)))
            } catch let error as StoreError where error.reason == .alreadyExists {
                // A later start.
            }
        }
        for namespace in try await store.list(Namespace.self, namespace: nil).items {
            try await ensureConfigMap(in: namespace.metadata.name)
        }
    }

    /// Seeds namespaces that are created later, until shut down.
    func run() async throws {
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let changes = try await store.watch(.namespaces, namespace: nil, options: WatchOptions())
                do {
                    for try await change in changes {
                        if case .added(let namespace) = change {
                            try await ensureConfigMap(in: namespace.metadata.name)
                        }
                    }
                } catch let error as StoreError where error.reason == .expired {
                    continue
                }
            }
        }
    }

    private func ensureConfigMap(in namespace: String) async throws {
        guard let caPEM else { return }
        let key = ObjectKey(namespace: namespace, name: Self.configMapName)
        do {
            var existing = try await store.get(ConfigMap.self, key)
            guard existing.data["ca.crt"] != caPEM else { return }
            existing.data["ca.crt"] = caPEM
            _ = try await store.update(existing)
        } catch let error as StoreError where error.reason == .notFound {
            let metadata = ObjectMeta(name: key.name, namespace: namespace)
            _ = try await store.create(ConfigMap(metadata: metadata, data: ["ca.crt": caPEM]))
            logger.debug("namespace seeded", metadata: ["namespace": "\(namespace)"])
        }
    }
}
