import Foundation
import Leasing
import Logging
import ObjectStore
import Resources

// How the picture is fed: one list and one watch a kind.
extension Lab {
    /// The versions that the first lists showed, by kind.
    struct ListedVersions {
        var clients: String
        var exporters: String
        var leases: String
        var policies: String
        var secrets: String
    }

    /// Ended leases are of no interest, except those whose tidying up a crash interrupted: these have no label yet.
    private static let activeLeases = LabelSelector(
        matchExpressions: [.init(key: Lease.Label.ended, operator: .notIn, values: ["true"])]
    )

    /// Reads the whole lab in before the first decision is made.
    func readLab() async throws -> ListedVersions {
        let clientList = try await readAll(Client.self)
        let exporterList = try await readAll(Exporter.self)
        let leaseList = try await readAll(Lease.self, labelSelector: Self.activeLeases)
        let policyList = try await readAll(ExporterAccessPolicy.self)
        let secretList = try await readAll(Secret.self)
        secretList.items.forEach(observe)
        clientList.items.forEach(observe)
        policyList.items.forEach(observe)
        exporterList.items.forEach(observe)
        leaseList.items.sorted(by: Self.isOlder).forEach(observe)
        isSynced = true
        if leadership.isLeader { lookAtEverything() }
        for waiter in syncWaiters { waiter.finish() }
        syncWaiters = []
        logger.info(
            "the lab has been read",
            metadata: [
                "clients": "\(clientList.items.count)", "exporters": "\(exporterList.items.count)",
                "active_leases": "\(leaseList.items.count)", "policies": "\(policyList.items.count)",
            ]
        )
        return ListedVersions(
            clients: clientList.resourceVersion,
            exporters: exporterList.resourceVersion,
            leases: leaseList.resourceVersion,
            policies: policyList.resourceVersion,
            secrets: secretList.resourceVersion
        )
    }

    /// Lists a kind, again and again while the store cannot be reached: at the start nobody has anything yet that could
    /// get lost.
    private func readAll<R: ObservedResource>(
        _ type: R.Type,
        labelSelector: LabelSelector = LabelSelector()
    ) async throws -> (items: [R], resourceVersion: String) {
        var failures = 0
        while true {
            do {
                return try await list(type, labelSelector: labelSelector)
            } catch let error as StoreError where error.reason.isPassing {
                failures += 1
                logger.warning(
                    "the lab cannot be read yet",
                    metadata: ["kind": "\(R.resourceType.kind)", "error": "\(error)", "failures": "\(failures)"]
                )
                try await pause(afterFailures: failures)
            }
        }
    }

    /// The objects of a kind. One that cannot be understood is left out and told in the log: it must not keep the others
    /// from being served.
    private func list<R: ObservedResource>(
        _ type: R.Type,
        labelSelector: LabelSelector
    ) async throws -> (items: [R], resourceVersion: String) {
        let list = try await store.list(
            R.resourceType,
            namespace: configuration.namespace,
            options: ListOptions(labelSelector: labelSelector)
        )
        return (list.items.compactMap { understood($0, as: type) }, list.resourceVersion)
    }

    private func understood<R: ObservedResource>(_ object: UnstructuredObject, as type: R.Type) -> R? {
        do {
            return try object.decoded(as: type)
        } catch {
            logger.error(
                "an object cannot be understood and is left out",
                metadata: [
                    "kind": "\(R.resourceType.kind)", "namespace": "\(object.metadata.namespace ?? "")",
                    "name": "\(object.metadata.name)", "error": "\(error)",
                ]
            )
            return nil
        }
    }

    private static func isOlder(_ left: Lease, _ right: Lease) -> Bool {
        let epoch = Timestamp(seconds: 0)
        return (left.metadata.creationTimestamp ?? epoch, left.version, left.key)
            < (right.metadata.creationTimestamp ?? epoch, right.version, right.key)
    }

    func watchLab(from versions: ListedVersions) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.watch(Client.self, from: versions.clients) }
            group.addTask { try await self.watch(Exporter.self, from: versions.exporters) }
            group.addTask {
                try await self.watch(Lease.self, from: versions.leases, labelSelector: Self.activeLeases)
            }
            group.addTask { try await self.watch(ExporterAccessPolicy.self, from: versions.policies) }
            group.addTask { try await self.watch(Secret.self, from: versions.secrets) }
        }
    }

    /// Watches a kind for ever: resumes where a watch broke off, lists anew when the version is no longer kept.
    private func watch<R: ObservedResource>(
        _ type: R.Type,
        from version: String,
        labelSelector: LabelSelector = LabelSelector()
    ) async throws {
        var reached = version
        var failures = 0
        while true {
            do {
                let options = WatchOptions(
                    resourceVersion: reached,
                    labelSelector: labelSelector,
                    allowBookmarks: true
                )
                let stream = try await store.watch(R.resourceType, namespace: configuration.namespace, options: options)
                var isSilent = true
                for try await event in stream {
                    isSilent = false
                    if failures > 0 { storeLastAway = time.now() }
                    failures = 0
                    reached = take(event, as: R.self) ?? reached
                }
                try Task.checkCancellation()
                // A server that ends watches at once must not be asked without a pause.
                if isSilent {
                    failures += 1
                    try await pause(afterFailures: failures)
                }
            } catch let error as StoreError where error.reason == .expired {
                reached = try await relist(type, labelSelector: labelSelector)
            } catch let error where !(error is CancellationError) {
                failures += 1
                storeLastAway = time.now()
                logger.warning(
                    "a watch broke off and is resumed",
                    metadata: ["kind": "\(R.resourceType.kind)", "error": "\(error)", "failures": "\(failures)"]
                )
                try await pause(afterFailures: failures)
            }
        }
    }

    /// Waits 0.1 s doubled with each failure in a row, at most 10 s.
    private func pause(afterFailures failures: Int) async throws {
        let delay = min(0.1 * pow(2, Double(min(failures, 10) - 1)), 10)
        try await time.sleep(until: time.now().addingTimeInterval(delay))
    }

    /// Takes an event in and answers the version that it carries.
    private func take<R: ObservedResource>(_ event: WatchEvent, as type: R.Type) -> String? {
        defer { scheduleIfNeeded() }
        switch event {
        case .added(let object), .modified(let object):
            if let object = understood(object, as: type) { R.observe(object, in: self) }
            R.watchReached(object.metadata.resourceVersion, in: self)
            return object.metadata.resourceVersion
        case .deleted(let object):
            if let object = understood(object, as: type) { R.forget(object, in: self) }
            R.watchReached(object.metadata.resourceVersion, in: self)
            return object.metadata.resourceVersion
        case .bookmark(let version, _):
            R.watchReached(version, in: self)
            return version
        }
    }

    private func relist<R: ObservedResource>(_ type: R.Type, labelSelector: LabelSelector) async throws -> String {
        logger.info("a watch fell behind, listing anew", metadata: ["kind": "\(R.resourceType.kind)"])
        let list = try await list(type, labelSelector: labelSelector)
        let listed = Set(list.items.map(\.key))
        for object in list.items { R.observe(object, in: self) }
        for object in R.missing(from: listed, at: UInt64(list.resourceVersion) ?? 0, in: self) {
            R.forget(object, in: self)
        }
        R.watchReached(list.resourceVersion, in: self)
        scheduleIfNeeded()
        return list.resourceVersion
    }
}

/// A kind that the lab's picture takes in.
protocol ObservedResource: Resource {
    static func observe(_ object: Self, in lab: isolated Lab)
    static func forget(_ object: Self, in lab: isolated Lab)
    static func missing(from listed: Set<ObjectKey>, at version: UInt64, in lab: isolated Lab) -> [Self]
    static func watchReached(_ version: String?, in lab: isolated Lab)
}

extension Client: ObservedResource {
    static func observe(_ object: Client, in lab: isolated Lab) { lab.observe(object) }
    static func forget(_ object: Client, in lab: isolated Lab) { lab.forget(object) }
    static func missing(from listed: Set<ObjectKey>, at version: UInt64, in lab: isolated Lab) -> [Client] {
        lab.clients.missing(from: listed, at: version)
    }
    static func watchReached(_ version: String?, in lab: isolated Lab) {
        lab.clients.watchReached(version.flatMap(UInt64.init) ?? 0)
    }
}

extension Exporter: ObservedResource {
    static func observe(_ object: Exporter, in lab: isolated Lab) { lab.observe(object) }
    static func forget(_ object: Exporter, in lab: isolated Lab) { lab.forget(object) }
    static func missing(from listed: Set<ObjectKey>, at version: UInt64, in lab: isolated Lab) -> [Exporter] {
        lab.exporters.missing(from: listed, at: version)
    }
    static func watchReached(_ version: String?, in lab: isolated Lab) {
        lab.exporters.watchReached(version.flatMap(UInt64.init) ?? 0)
    }
}

extension Lease: ObservedResource {
    static func observe(_ object: Lease, in lab: isolated Lab) { lab.observe(object) }
    static func forget(_ object: Lease, in lab: isolated Lab) { lab.forget(object) }
    static func missing(from listed: Set<ObjectKey>, at version: UInt64, in lab: isolated Lab) -> [Lease] {
        lab.leases.missing(from: listed, at: version)
    }
    static func watchReached(_ version: String?, in lab: isolated Lab) {
        lab.leases.watchReached(version.flatMap(UInt64.init) ?? 0)
    }
}

extension ExporterAccessPolicy: ObservedResource {
    static func observe(_ object: ExporterAccessPolicy, in lab: isolated Lab) { lab.observe(object) }
    static func forget(_ object: ExporterAccessPolicy, in lab: isolated Lab) { lab.forget(object) }
    static func missing(from listed: Set<ObjectKey>, at version: UInt64, in lab: isolated Lab)
        -> [ExporterAccessPolicy]
    {
        lab.policies.missing(from: listed, at: version)
    }
    static func watchReached(_ version: String?, in lab: isolated Lab) {
        lab.policies.watchReached(version.flatMap(UInt64.init) ?? 0)
    }
}

extension Secret: ObservedResource {
    static func observe(_ object: Secret, in lab: isolated Lab) { lab.observe(object) }
    static func forget(_ object: Secret, in lab: isolated Lab) { lab.forget(object) }
    static func missing(from listed: Set<ObjectKey>, at version: UInt64, in lab: isolated Lab) -> [Secret] {
        lab.secrets.missing(from: listed, at: version)
    }
    static func watchReached(_ version: String?, in lab: isolated Lab) {
        lab.secrets.watchReached(version.flatMap(UInt64.init) ?? 0)
    }
}

extension StoreError.Reason {
    /// Whether the same request may succeed later without anybody changing anything.
    var isPassing: Bool {
        switch self {
        case .unavailable, .tooManyRequests, .internalError, .expired: true
        default: false
        }
    }
}
