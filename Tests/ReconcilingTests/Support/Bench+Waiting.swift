import Leasing
import ObjectStore
import Reconciling
import Resources

extension Bench {
    /// The object as soon as it satisfies a test, by a watch of the store.
    @discardableResult
    func wait<R: Resource>(for type: R.Type, _ name: String, until fits: (R) -> Bool) async throws -> R {
        for try await event in try await base.watch(R.resourceType, namespace: Self.namespace, options: WatchOptions())
        {
            switch event {
            case .added(let object), .modified(let object):
                guard object.metadata.name == name else { continue }
                let decoded = try object.decoded(as: R.self)
                if fits(decoded) { return decoded }
            case .deleted, .bookmark:
                continue
            }
        }
        throw WatchEnded(description: "no \(R.resourceType.kind) \(name) came to be as it should")
    }

    /// Returns once the object is gone.
    func waitUntilGone(_ type: ResourceType, _ name: String) async throws {
        let list = try await base.list(type, namespace: Self.namespace, options: ListOptions())
        if !list.items.contains(where: { $0.metadata.name == name }) { return }
        let options = WatchOptions(resourceVersion: list.resourceVersion)
        for try await event in try await base.watch(type, namespace: Self.namespace, options: options) {
            if case .deleted(let object) = event, object.metadata.name == name { return }
        }
        throw WatchEnded(description: "\(type.kind) \(name) did not go away")
    }

    func event(_ reason: String, about name: String) async throws -> Event {
        for try await event in try await base.watch(.events, namespace: Self.namespace, options: WatchOptions()) {
            guard case .added(let object) = event else { continue }
            let decoded = try object.decoded(as: Event.self)
            if decoded.reason == reason && decoded.involvedObject.name == name { return decoded }
        }
        throw WatchEnded(description: "no event \(reason) about \(name)")
    }

    func lease(_ name: String) async throws -> Lease { try await base.get(Lease.self, key(name)) }

    func exporter(_ name: String) async throws -> Exporter { try await base.get(Exporter.self, key(name)) }

    /// Changes an exporter's or a lease's object as an administrator does, whatever others write meanwhile.
    func edit<R: Resource>(_ type: R.Type, _ name: String, _ change: (inout R) -> Void) async throws {
        while true {
            var object = try await base.get(R.self, key(name))
            change(&object)
            do {
                _ = try await base.update(object)
                return
            } catch let error as StoreError where error.reason == .conflict {
                continue
            }
        }
    }

    /// Writes a status as a crash may have left it.
    func editStatus<R: Resource>(_ type: R.Type, _ name: String, _ change: (inout R) -> Void) async throws {
        var object = try await base.get(R.self, key(name))
        change(&object)
        _ = try await base.update(object, subresource: .status)
    }
}

extension Lease {
    var exporterName: String? { status.exporterRef?.name }
    var pendingReason: String? {
        guard let condition = status.conditions[type: ConditionType.pending], condition.status == .isTrue else {
            return nil
        }
        return condition.reason
    }
    var hasEndedLabel: Bool { metadata.labels[Label.ended] == "true" }
}

extension Exporter {
    var leaseName: String? { status.leaseRef?.name }
}
