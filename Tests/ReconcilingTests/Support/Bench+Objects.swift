import Foundation
import ObjectStore
import Reconciling
import Resources

extension Bench {
    static let board = LabelSelector(matchLabels: ["board": "a"])

    @discardableResult
    func addClient(_ name: String = "alice", labels: [String: String] = [:]) async throws -> Client {
        try await base.create(Client(metadata: ObjectMeta(name: name, namespace: Self.namespace, labels: labels)))
    }

    @discardableResult
    func addExporter(
        _ name: String,
        labels: [String: String] = ["board": "a"],
        enabled: Bool = true
    ) async throws -> Exporter {
        let metadata = ObjectMeta(name: name, namespace: Self.namespace, labels: labels)
        return try await base.create(Exporter(metadata: metadata, spec: .init(enabled: enabled)))
    }

    /// Registers an exporter that says it is Available: it counts as online for the time-out.
    func connect(_ name: String) async throws {
        _ = try await lab.register(key(name), labels: [:], devices: [])
        try await lab.report(.available, message: nil, releaseLease: false, by: key(name))
    }

    /// A client "alice" and exporters that can be leased now.
    func furnish(_ exporters: String...) async throws {
        try await addClient()
        for exporter in exporters {
            try await addExporter(exporter)
            try await connect(exporter)
        }
    }

    static func lease(
        _ name: String,
        client: String = "alice",
        selector: LabelSelector = board,
        exporter: String? = nil,
        duration: Int64? = 600,
        begin: Timestamp? = nil,
        end: Timestamp? = nil
    ) -> Lease {
        Lease(
            metadata: ObjectMeta(name: name, namespace: namespace),
            spec: .init(
                clientRef: LocalObjectReference(name: client),
                duration: duration.map { GoDuration(seconds: $0) },
                selector: selector,
                exporterRef: exporter.map(LocalObjectReference.init),
                beginTime: begin,
                endTime: end
            )
        )
    }

    @discardableResult
    func create(_ name: String, exporter: String? = nil) async throws -> Lease {
        try await lab.create(Self.lease(name, exporter: exporter))
    }

    /// Runs an exporter's Status stream while the body runs, which is given what the exporter is told.
    func withFeed<Result: Sendable>(
        of name: String,
        _ body: (AsyncStream<ExporterAssignment>) async throws -> Result
    ) async throws -> Result {
        let (told, teller) = AsyncStream.makeStream(of: ExporterAssignment.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await lab.withStatusFeed(of: key(name)) { stream in
                    for await assignment in stream { teller.yield(assignment) }
                }
                teller.finish()
            }
            let result = try await body(told)
            group.cancelAll()
            try await group.waitForAll()
            return result
        }
    }
}
