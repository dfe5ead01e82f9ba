import Foundation
import Logging
import Moving
import ObjectStore
import Resources
import SQLiteStore

/// Runs a body with a number of empty stores, closed and removed afterwards.
func withStores(_ count: Int, _ body: ([SQLiteStore]) async throws -> Void) async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "moving-tests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let moment = Date(timeIntervalSince1970: 1_780_000_000)
    let stores = try (0..<count).map { index in
        try SQLiteStore(
            SQLiteStoreConfiguration(
                folder: root.appending(path: "\(index)"),
                now: { moment },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        )
    }
    do {
        try await body(stores)
    } catch {
        for store in stores { try await store.close() }
        throw error
    }
    for store in stores { try await store.close() }
}

enum Fixture {
    static let time = Timestamp(seconds: 1_780_000_000)

    /// A lab with a client, two exporters, a policy, credentials, an active, a waiting and an ended lease, and a Secret
    /// and a ConfigMap that are not part of it.
    static func fill(_ store: any ObjectStore, namespace: String) async throws {
        let alice = try await client(store, namespace)
        let dut = try await exporter("dut", holder: "active", store, namespace)
        let spare = try await exporter("spare", holder: "ended", store, namespace)
        let policy = ExporterAccessPolicy(
            metadata: ObjectMeta(name: "everybody", namespace: namespace),
            spec: .init(
                exporterSelector: LabelSelector(matchLabels: ["board": "x"]),
                policies: [
                    .init(description: "yes", priority: 7, from: [.init()], maximumDuration: GoDuration(seconds: 60))
                ]
            )
        )
        _ = try await store.create(policy)
        try await secret("alice-client", token: "alice's", owner: alice.controllerReference, store, namespace)
        try await secret("dut-exporter", token: "dut's", owner: dut.controllerReference, store, namespace)
        try await secret("spare-exporter", token: "spare's", owner: nil, store, namespace)
        try await secret("foreign", token: "no business of ours", owner: nil, store, namespace)
        try await lease("active", exporter: dut, isEnded: false, store, namespace)
        try await lease("waiting", exporter: nil, isEnded: false, store, namespace)
        try await lease("ended", exporter: spare, isEnded: true, store, namespace)
        _ = try await store.create(ConfigMap(metadata: ObjectMeta(name: "map", namespace: namespace), data: [:]))
    }

    private static func client(_ store: any ObjectStore, _ namespace: String) async throws -> Client {
        var client = Client(
            metadata: ObjectMeta(
                name: "alice",
                namespace: namespace,
                labels: ["team": "red", "flag": "true", "number": "12"],
                annotations: ["note": "first line\n  second: \"quoted\" # no comment\n---\n", "empty": ""]
            ),
            spec: .init(username: "dex:alice")
        )
        client = try await store.create(client)
        client.status.credential = LocalObjectReference(name: "alice-client")
        client.status.endpoint = "localhost:8082"
        client.status.conditions = [condition("TokenValid")]
        return try await store.update(client, subresource: .status)
    }

    private static func exporter(
        _ name: String,
        holder: String,
        _ store: any ObjectStore,
        _ namespace: String
    ) async throws -> Exporter {
        var exporter = Exporter(
            metadata: ObjectMeta(name: name, namespace: namespace, labels: ["board": "x"]),
            spec: .init(username: nil, enabled: name == "dut")
        )
        exporter = try await store.create(exporter)
        exporter.status.credential = LocalObjectReference(name: "\(name)-exporter")
        exporter.status.devices = [
            .init(uuid: "1e5", labels: ["jumpstarter.dev/name": "root"]), .init(uuid: "b", parentUUID: "1e5"),
        ]
        exporter.status.conditions = [condition("Online"), condition("Registered")]
        exporter.status.exporterStatus = .leaseReady
        exporter.status.leaseRef = LocalObjectReference(name: holder)
        exporter.status.lastSeen = time
        return try await store.update(exporter, subresource: .status)
    }

    private static func secret(
        _ name: String,
        token: String,
        owner: OwnerReference?,
        _ store: any ObjectStore,
        _ namespace: String
    ) async throws {
        let metadata = ObjectMeta(name: name, namespace: namespace, ownerReferences: owner.map { [$0] } ?? [])
        _ = try await store.create(Secret(metadata: metadata, data: ["token": Data(token.utf8)]))
    }

    private static func lease(
        _ name: String,
        exporter: Exporter?,
        isEnded: Bool,
        _ store: any ObjectStore,
        _ namespace: String
    ) async throws {
        var lease = Lease(
            metadata: ObjectMeta(
                name: name,
                namespace: namespace,
                labels: isEnded ? [Lease.Label.ended: "true"] : [:],
                ownerReferences: (exporter?.controllerReference).map { [$0] } ?? []
            ),
            spec: .init(
                clientRef: LocalObjectReference(name: "alice"),
                duration: GoDuration(seconds: 5400),
                selector: LabelSelector(matchLabels: ["board": "x"]),
                tags: ["build": "017"],
                context: ["job": "yes"]
            )
        )
        lease = try await store.create(lease)
        if let exporter {
            lease.status.exporterRef = LocalObjectReference(name: exporter.metadata.name)
            lease.status.beginTime = time
            lease.status.priority = 7
        }
        lease.status.ended = isEnded
        lease.status.conditions = [condition("Ready")]
        _ = try await store.update(lease, subresource: .status)
    }

    private static func condition(_ type: String) -> Condition {
        Condition(
            type: type,
            status: .isTrue,
            observedGeneration: 1,
            lastTransitionTime: time,
            reason: "Because",
            message: "it is so"
        )
    }
}

/// An object without what a server gives it, for comparison; owners by name.
struct Portrait: Hashable {
    var name: String
    var labels: [String: String]
    var annotations: [String: String]
    var content: [String: JSONValue]
    var owners: [String]

    init(_ object: UnstructuredObject) {
        name = "\(object.type.qualifiedPlural)/\(object.metadata.name)"
        labels = object.metadata.labels
        annotations = object.metadata.annotations.filter { !$0.key.hasPrefix("jumpstarter.dev/migrated-") }
        content = object.content
        owners = object.metadata.ownerReferences.map { "\($0.kind)/\($0.name)" }
    }

    static let types: [ResourceType] = [.clients, .exporters, .exporterAccessPolicies, .secrets, .leases]

    /// Everything that a namespace holds, by kind and name.
    static func all(_ store: any ObjectStore, _ namespace: String) async throws -> [String: Portrait] {
        var portraits: [String: Portrait] = [:]
        for type in types {
            for object in try await store.list(type, namespace: namespace, options: ListOptions()).items {
                let portrait = Portrait(object)
                portraits[portrait.name] = portrait
            }
        }
        return portraits
    }
}
