package import ObjectStore
import Resources

/// Brings the objects of a file that `LabExport` made into a store, under new uids but with their old token subjects.
package enum LabImport {
    /// How to import.
    package struct Options: Sendable {
        /// Where everything goes; nil for the namespace that the objects say.
        package var namespace: String?
        /// Look at everything, write nothing.
        package var isDryRun: Bool
        /// Leave objects that exist as they are, instead of refusing; what an interrupted import left half-done is
        /// completed.
        package var skipsExisting: Bool
        /// Leave leases out, and exporters free.
        package var withoutLeases: Bool

        package init(
            namespace: String? = nil,
            isDryRun: Bool = false,
            skipsExisting: Bool = false,
            withoutLeases: Bool = false
        ) {
            self.namespace = namespace
            self.isDryRun = isDryRun
            self.skipsExisting = skipsExisting
            self.withoutLeases = withoutLeases
        }
    }

    /// Imports a lab: clients, exporters, access policies, Secrets, leases, each with its status.
    ///
    /// Everything is checked before anything is written. An exporter is claimed before the lease that holds it is made,
    /// and only when no other lease holds it. No controller must work on the namespace meanwhile: it would take an
    /// exporter for free whose lease is still to come.
    /// - Throws: `LabImportError`; `StoreError` when the namespace cannot be read.
    package static func apply(
        _ yaml: String,
        to store: any ObjectStore,
        options: Options = Options()
    ) async throws -> LabImportReport {
        let file = LabFile(yaml, namespace: options.namespace, withoutLeases: options.withoutLeases)
        guard file.problems.isEmpty else { throw LabImportError.invalid(file.problems) }
        let namespace = file.entries.first?.object.metadata.namespace ?? ""
        var present: [MovedName: UnstructuredObject] = [:]
        for type in MovedKinds.order {
            for object in try await store.list(type, namespace: namespace, options: ListOptions()).items {
                present[MovedName(object)] = object
            }
        }
        let existing = file.entries.filter { present[$0.name] != nil }
        if !existing.isEmpty && !options.skipsExisting {
            throw LabImportError.existing(existing.map(\.name.description))
        }
        let held = heldElsewhere(file, present)
        if !held.isEmpty { throw LabImportError.held(held) }
        var writing = LabWriting(file: file, store: store, present: present, isDryRun: options.isDryRun)
        return try await writing.run()
    }

    /// The exporters that a lease of the file would take from another one there.
    private static func heldElsewhere(_ file: LabFile, _ present: [MovedName: UnstructuredObject]) -> [String] {
        var holders: [String: Set<String>] = [:]
        for (name, object) in present {
            if let exporter = object.heldExporterName { holders[exporter, default: []].insert(name.name) }
            if let lease = object.leaseName { holders[name.name, default: []].insert(lease) }
        }
        return file.entries.flatMap { entry -> [String] in
            // A lease that is there already stays as it is, and takes nothing.
            if let there = present[entry.name], there.filledStatus != nil { return [] }
            guard let exporter = entry.object.heldExporterName else { return [] }
            return (holders[exporter] ?? []).subtracting([entry.name.name]).sorted().map {
                "exporter \"\(exporter)\" of lease \"\(entry.name.name)\" is held by lease \"\($0)\""
            }
        }
    }
}
