import ObjectStore
import Resources

/// The writes of one import, in an order that leaves a consistent lab behind wherever it stops.
struct LabWriting {
    let file: LabFile
    let store: any ObjectStore
    /// What the namespace held before.
    let present: [MovedName: UnstructuredObject]
    private var report: LabImportReport
    /// The new uids of what may own others.
    private var uids: [MovedName: String]

    init(file: LabFile, store: any ObjectStore, present: [MovedName: UnstructuredObject], isDryRun: Bool) {
        self.file = file
        self.store = store
        self.present = present
        report = LabImportReport(isDryRun: isDryRun)
        uids = present.compactMapValues(\.metadata.uid)
    }

    /// - Throws: `LabImportError.interrupted`; `CancellationError`.
    mutating func run() async throws -> LabImportReport {
        for type in MovedKinds.order {
            for entry in file.entries where entry.object.type == type {
                do {
                    try await write(entry)
                } catch let error as StoreError {
                    throw LabImportError.interrupted(
                        object: entry.name.description,
                        after: report,
                        reason: error.description
                    )
                }
            }
        }
        return report
    }

    private mutating func write(_ entry: LabFile.Entry) async throws {
        let object = owned(entry)
        warn(of: object)
        guard let there = present[entry.name] else {
            // The status goes with the object: one transaction where the store has these.
            let status: [WriteOperation] =
                object.type.hasStatusSubresource && object.filledStatus != nil ? [.update(object, .status)] : []
            if !report.isDryRun {
                let claim = try await claim(for: object)
                let written = try await store.write(claim + [.create(object)] + status)
                uids[entry.name] = written.last?.metadata.uid
            }
            report.created.append(entry.name.description)
            return
        }
        guard there.type.hasStatusSubresource, there.filledStatus == nil, let status = object.filledStatus,
            there.isSameLineage(as: object)
        else {
            report.skipped.append(entry.name.description)
            return
        }
        if !report.isDryRun {
            var completed = there
            completed.content["status"] = status
            _ = try await store.write(try await claim(for: object) + [.update(completed, .status)])
        }
        report.completed.append(entry.name.description)
    }

    /// The object with owners as they are called here. An owner that is not here would have the object deleted as
    /// orphaned: such a reference goes.
    private mutating func owned(_ entry: LabFile.Entry) -> UnstructuredObject {
        var object = entry.object
        object.metadata.ownerReferences = []
        for reference in entry.object.metadata.ownerReferences {
            guard let owner = MovedName(reference), let uid = newUID(of: owner) else {
                report.warnings.append(
                    "\(entry.name): its owner \(reference.kind) \"\(reference.name)\" did not move; reference dropped"
                )
                continue
            }
            var moved = reference
            moved.uid = uid
            object.metadata.ownerReferences.append(moved)
        }
        if object.type == .secrets, object.metadata.ownerReferences.isEmpty,
            let owner = file.credentialOwner(of: object), let uid = newUID(of: owner)
        {
            object.metadata.ownerReferences = [
                OwnerReference(
                    apiVersion: owner.type.apiVersion,
                    kind: owner.type.kind,
                    name: owner.name,
                    uid: uid,
                    controller: true
                )
            ]
        }
        return object
    }

    private func newUID(of owner: MovedName) -> String? {
        if let uid = uids[owner] { return uid }
        return report.isDryRun && file.objects[owner] != nil ? "dry-run" : nil
    }

    private mutating func warn(of object: UnstructuredObject) {
        guard object.type == .leases, !object.isEndedLease,
            let client = object.content["spec"]?["clientRef"]?["name"]?.stringValue
        else { return }
        let name = MovedName(.clients, client)
        if file.objects[name] == nil && present[name] == nil {
            report.warnings.append("lease \"\(object.metadata.name)\": its client \"\(client)\" does not exist")
        }
    }

    /// What has to be written so that the lease has its exporter: nothing when it has it, or has none.
    /// - Throws: `StoreError.conflict` when another lease came first, `.notFound` when the exporter went.
    private func claim(for lease: UnstructuredObject) async throws -> [WriteOperation] {
        guard let name = lease.heldExporterName else { return [] }
        let key = ObjectKey(namespace: lease.metadata.namespace ?? "", name: name)
        var exporter = try await store.get(.exporters, key)
        if let holder = exporter.leaseName {
            if holder == lease.metadata.name { return [] }
            throw StoreError.conflict(.exporters, key, "it is held by lease \"\(holder)\" by now")
        }
        exporter.setLease(lease.metadata.name)
        // With the version just read: whoever else claims the exporter meanwhile wins.
        return [.update(exporter, .status)]
    }
}
