import ObjectStore
import Resources
import Testing

extension StoreConformance.Subject {
    func client(_ name: String, labels: [String: String] = [:], username: String? = nil) -> Client {
        Client(
            metadata: ObjectMeta(name: name, namespace: namespace, labels: labels),
            spec: Client.Spec(username: username)
        )
    }

    func configMap(_ name: String, owners: [OwnerReference] = [], data: [String: String] = [:]) -> ConfigMap {
        ConfigMap(metadata: ObjectMeta(name: name, namespace: namespace, ownerReferences: owners), data: data)
    }

    func key(_ name: String) -> ObjectKey { ObjectKey(namespace: namespace, name: name) }

    /// Creates clients of those names, in that order.
    func createClients(_ names: [String], labels: [String: String] = [:]) async throws {
        for name in names { _ = try await store.create(client(name, labels: labels)) }
    }

    func clientNames(_ options: ListOptions = ListOptions()) async throws -> [String] {
        try await store.list(Client.self, namespace: namespace, options: options).items.map(\.metadata.name)
    }

    /// The version that a watch for what comes next starts from.
    func presentVersion(of type: ResourceType = .clients) async throws -> String {
        try await store.list(type, namespace: namespace, options: ListOptions()).resourceVersion
    }
}

/// The reason of the `StoreError` that the body throws; records an issue and answers nil when it throws none.
func reason(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async -> StoreError.Reason? {
    do {
        try await body()
        Issue.record("expected a StoreError", sourceLocation: sourceLocation)
    } catch let error as StoreError {
        return error.reason
    } catch {
        Issue.record("expected a StoreError, found \(error)", sourceLocation: sourceLocation)
    }
    return nil
}

extension Resource {
    /// The resource version as the number that it can be compared as.
    var version: UInt64 { metadata.resourceVersion.flatMap(UInt64.init) ?? 0 }
}

extension UnstructuredObject {
    var version: UInt64 { metadata.resourceVersion.flatMap(UInt64.init) ?? 0 }
}
