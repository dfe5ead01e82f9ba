import ObjectStore
import Resources

/// Reads everything that ever happened to leases and exporters and looks for a version at which the invariant was broken.
struct HistoryChecker {
    private struct Step {
        var version: UInt64
        var event: WatchEvent
    }

    private(set) var violations: [String] = []
    private(set) var assignments = 0
    private(set) var ends = 0
    private var exporters: [String: Exporter] = [:]
    /// Whether an exporter was enabled when it was claimed.
    private var claimedEnabled: [String: Bool] = [:]
    /// Leases that have not ended and have an exporter, by uid.
    private var holders: [String: (lease: String, exporter: String)] = [:]

    /// Reads the history of a store after a version.
    init(_ store: any ObjectStore, after version: String) async throws {
        var steps: [Step] = []
        for type in [ResourceType.leases, .exporters] {
            steps += try await Self.history(store, type, after: version)
        }
        for step in steps.sorted(by: { $0.version < $1.version }) { try take(step) }
    }

    private static func history(
        _ store: any ObjectStore,
        _ type: ResourceType,
        after version: String
    ) async throws -> [Step] {
        // A last object that nobody else looks at marks the end of the history.
        var content: [String: JSONValue] = [:]
        if type == .leases { content["spec"] = ["clientRef": ["name": "nobody"], "release": true] }
        let metadata = ObjectMeta(name: "end-of-history", namespace: "nowhere")
        _ = try await store.create(UnstructuredObject(type: type, metadata: metadata, content: content))
        var steps: [Step] = []
        for try await event in try await store.watch(type, namespace: nil, options: .init(resourceVersion: version)) {
            guard let object = event.object else { continue }
            if object.metadata.name == metadata.name { break }
            steps.append(Step(version: object.metadata.resourceVersion.flatMap(UInt64.init) ?? 0, event: event))
        }
        return steps
    }

    private mutating func take(_ step: Step) throws {
        guard let object = step.event.object else { return }
        var isDeletion = false
        if case .deleted = step.event { isDeletion = true }
        if object.type == .exporters {
            try take(isDeletion ? nil : object.decoded(as: Exporter.self), named: object.metadata.name)
        } else {
            try take(object.decoded(as: Lease.self), isDeletion: isDeletion, step.version)
        }
    }

    private mutating func take(_ exporter: Exporter?, named name: String) {
        // The claim is what gives an exporter away; it may be disabled before the lease is told.
        let claim = exporter?.status.leaseRef?.name
        if claim == nil {
            claimedEnabled[name] = nil
        } else if claim != exporters[name]?.status.leaseRef?.name {
            claimedEnabled[name] = exporter?.spec.enabled
        }
        exporters[name] = exporter
    }

    private mutating func take(_ lease: Lease, isDeletion: Bool, _ version: UInt64) {
        guard let uid = lease.metadata.uid else { return }
        let name = lease.metadata.name
        guard !isDeletion, !lease.status.ended, let exporter = lease.status.exporterRef?.name else {
            if holders.removeValue(forKey: uid) != nil { ends += 1 }
            return
        }
        for (other, holder) in holders where other != uid && holder.exporter == exporter {
            violations.append("version \(version): \(exporter) is named by \(holder.lease) and by \(name)")
        }
        if let before = holders[uid] {
            if before.exporter != exporter { violations.append("version \(version): \(name) changed its exporter") }
            return
        }
        holders[uid] = (name, exporter)
        assignments += 1
        if exporters[exporter]?.status.leaseRef?.name != name {
            violations.append("version \(version): \(name) was given \(exporter) without a claim")
        }
        if claimedEnabled[exporter] != true {
            violations.append("version \(version): \(name) was given \(exporter), which is disabled")
        }
    }
}

extension WatchEvent {
    fileprivate var object: UnstructuredObject? {
        switch self {
        case .added(let object), .modified(let object), .deleted(let object): object
        case .bookmark: nil
        }
    }
}
