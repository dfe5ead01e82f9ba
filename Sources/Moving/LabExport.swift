package import ObjectStore
import Resources

/// A lab as text: everything that another service needs to go on with the same clients, exporters, leases and tokens.
package enum LabExport {
    /// How often the leases are read again before a lab that changes all the time is given up on.
    private static let attempts = 5

    /// Everything of a namespace as a YAML stream: clients, exporters, access policies, the credential Secrets of
    /// these, and leases in the order in which they were made. The text holds tokens.
    ///
    /// Status is kept; what the server gives an object (resource version, generation, times) is not. The uid and the
    /// namespace of an object become the annotations `jumpstarter.dev/migrated-uid` and `-namespace`, unless it has
    /// these from an earlier move. What is being deleted is left out.
    /// - Parameter withEndedLeases: Whether leases that have ended, which are history only, come along.
    /// - Throws: `StoreError`; `.conflict` when leases change all the time.
    package static func make(
        from store: any ObjectStore,
        namespace: String,
        withEndedLeases: Bool = false
    ) async throws -> String {
        let (exporters, allLeases) = try await exportersAndLeases(store, namespace)
        let leases = allLeases.filter { withEndedLeases || !$0.isEndedLease }.sorted(by: isOlder)
        let leaseNames = Set(leases.map(\.metadata.name))
        let owners =
            try await objects(.clients, store, namespace)
            + exporters.map { exporter in
                guard let lease = exporter.leaseName, !leaseNames.contains(lease) else { return exporter }
                // A lease that has ended, or is about to go, holds nothing over there.
                var free = exporter
                free.setLease(nil)
                return free
            }
        let policies = try await objects(.exporterAccessPolicies, store, namespace)
        let secrets = credentials(among: try await objects(.secrets, store, namespace), of: owners)
        return try YAMLWriter.text((owners + policies + secrets + leases).map { try $0.readyToMove().value() })
    }

    /// Exporters and leases of one moment: two equal readings of the leases with that of the exporters between them.
    private static func exportersAndLeases(
        _ store: any ObjectStore,
        _ namespace: String
    ) async throws -> (exporters: [UnstructuredObject], leases: [UnstructuredObject]) {
        var before = try await objects(.leases, store, namespace)
        for _ in 0..<attempts {
            let exporters = try await objects(.exporters, store, namespace)
            let after = try await objects(.leases, store, namespace)
            if before == after { return (exporters, after) }
            before = after
        }
        throw StoreError(
            .conflict,
            "the leases of namespace \"\(namespace)\" change all the time; stop the controller for the export"
        )
    }

    private static func objects(
        _ type: ResourceType,
        _ store: any ObjectStore,
        _ namespace: String
    ) async throws -> [UnstructuredObject] {
        try await store.list(type, namespace: namespace, options: ListOptions()).items
            .filter { $0.metadata.deletionTimestamp == nil }
    }

    /// The order in which leases wait: by time of creation, then by version.
    private static func isOlder(_ left: UnstructuredObject, _ right: UnstructuredObject) -> Bool {
        func rank(_ lease: UnstructuredObject) -> (Int64, UInt64, String) {
            let version = lease.metadata.resourceVersion.flatMap { UInt64($0) } ?? 0
            return (lease.metadata.creationTimestamp?.seconds ?? 0, version, lease.metadata.name)
        }
        return rank(left) < rank(right)
    }

    /// The Secrets with a token that a client or an exporter names as its credential, or owns.
    private static func credentials(
        among secrets: [UnstructuredObject],
        of owners: [UnstructuredObject]
    ) -> [UnstructuredObject] {
        let names = Set(owners.compactMap(\.credentialName))
        let uids = Set(owners.compactMap(\.metadata.uid))
        return secrets.filter { secret in
            secret.content["data"]?["token"] != nil
                && (names.contains(secret.metadata.name)
                    || secret.metadata.ownerReferences.contains { uids.contains($0.uid) })
        }
    }
}
