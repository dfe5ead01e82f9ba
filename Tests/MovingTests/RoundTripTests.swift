import Moving
import ObjectStore
import Resources
import SQLiteStore
import Testing

@Suite struct RoundTripTests {
    private static let uid = "jumpstarter.dev/migrated-uid"
    private static let namespace = "jumpstarter.dev/migrated-namespace"

    @Test("A lab that moves keeps every specification, status, label, annotation and token")
    func everythingMoves() async throws {
        try await withStores(2) { stores in
            try await Fixture.fill(stores[0], namespace: "lab")
            let yaml = try await LabExport.make(from: stores[0], namespace: "lab", withEndedLeases: true)
            let report = try await LabImport.apply(yaml, to: stores[1])
            var expected = try await Portrait.all(stores[0], "lab")
            expected["secrets/foreign"] = nil
            // A credential belongs to its client or exporter, even if it did not before.
            expected["secrets/spare-exporter"]?.owners = ["Exporter/spare"]
            #expect(try await Portrait.all(stores[1], "lab") == expected)
            #expect(report.created.count == 10)
            #expect(report.warnings == [])
        }
    }

    @Test("Owners are the new objects, and the old uid is kept for the subjects of tokens")
    func identity() async throws {
        try await withStores(2) { stores in
            try await Fixture.fill(stores[0], namespace: "lab")
            _ = try await LabImport.apply(
                LabExport.make(from: stores[0], namespace: "lab"),
                to: stores[1],
                options: .init(namespace: "elsewhere")
            )
            let old = try await stores[0].get(Client.self, ObjectKey(namespace: "lab", name: "alice"))
            let new = try await stores[1].get(Client.self, ObjectKey(namespace: "elsewhere", name: "alice"))
            #expect(new.metadata.uid != old.metadata.uid)
            #expect(new.metadata.annotations[Self.uid] == old.metadata.uid)
            #expect(new.metadata.annotations[Self.namespace] == "lab")
            let secret = try await stores[1].get(Secret.self, ObjectKey(namespace: "elsewhere", name: "alice-client"))
            #expect(secret.metadata.ownerReferences.map(\.uid) == [new.metadata.uid])
            let exporter = try await stores[1].get(Exporter.self, ObjectKey(namespace: "elsewhere", name: "dut"))
            let lease = try await stores[1].get(Lease.self, ObjectKey(namespace: "elsewhere", name: "active"))
            #expect(lease.metadata.ownerReferences.map(\.uid) == [exporter.metadata.uid])
            #expect(exporter.status.leaseRef?.name == "active")
            #expect(try await stores[1].list(.clients, namespace: "lab", options: ListOptions()).items == [])
        }
    }

    @Test("After two moves the subject is still the first one, and nothing else changed")
    func twice() async throws {
        try await withStores(3) { stores in
            try await Fixture.fill(stores[0], namespace: "lab")
            let first = try await LabExport.make(from: stores[0], namespace: "lab")
            _ = try await LabImport.apply(first, to: stores[1], options: .init(namespace: "cluster"))
            let second = try await LabExport.make(from: stores[1], namespace: "cluster")
            _ = try await LabImport.apply(second, to: stores[2], options: .init(namespace: "lab"))
            let third = try await LabExport.make(from: stores[2], namespace: "lab")
            let old = try await stores[0].get(Exporter.self, ObjectKey(namespace: "lab", name: "dut"))
            let new = try await stores[2].get(Exporter.self, ObjectKey(namespace: "lab", name: "dut"))
            #expect(new.metadata.annotations[Self.uid] == old.metadata.uid)
            #expect(new.metadata.annotations[Self.namespace] == "lab")
            #expect(try await Portrait.all(stores[1], "cluster") == Portrait.all(stores[2], "lab"))
            #expect(Self.withoutUIDs(first) == Self.withoutUIDs(third))
        }
    }

    /// Owner references carry uids, which differ from store to store.
    private static func withoutUIDs(_ yaml: String) -> [Substring] {
        yaml.split(separator: "\n").filter { !$0.contains("uid:") }
            // A Secret without an owner gets one on the way.
            .filter { !$0.contains("apiVersion") && !$0.contains("ownerReferences") && !$0.contains("kind") }
            .filter { !$0.contains("controller: true") && !$0.contains("name: spare") }
    }

    @Test("Without a wish for them, ended leases stay behind, and the exporters that still name them are free")
    func endedLeases() async throws {
        try await withStores(2) { stores in
            try await Fixture.fill(stores[0], namespace: "lab")
            _ = try await LabImport.apply(LabExport.make(from: stores[0], namespace: "lab"), to: stores[1])
            let leases = try await stores[1].list(Lease.self, namespace: "lab").items
            #expect(Set(leases.map(\.metadata.name)) == ["active", "waiting"])
            let spare = try await stores[1].get(Exporter.self, ObjectKey(namespace: "lab", name: "spare"))
            #expect(spare.status.leaseRef == nil)
        }
    }

    @Test("Without leases every exporter arrives free")
    func withoutLeases() async throws {
        try await withStores(2) { stores in
            try await Fixture.fill(stores[0], namespace: "lab")
            let yaml = try await LabExport.make(from: stores[0], namespace: "lab")
            _ = try await LabImport.apply(yaml, to: stores[1], options: .init(withoutLeases: true))
            #expect(try await stores[1].list(Lease.self, namespace: "lab").items == [])
            let exporters = try await stores[1].list(Exporter.self, namespace: "lab").items
            #expect(exporters.map(\.status.leaseRef) == [nil, nil])
            #expect(exporters.map(\.status.devices.count) == [2, 2])
        }
    }

    @Test("A dry run says what would be made and writes nothing")
    func dryRun() async throws {
        try await withStores(2) { stores in
            try await Fixture.fill(stores[0], namespace: "lab")
            let yaml = try await LabExport.make(from: stores[0], namespace: "lab")
            let report = try await LabImport.apply(yaml, to: stores[1], options: .init(isDryRun: true))
            #expect(report.created.first == "clients.jumpstarter.dev \"alice\"")
            #expect(report.created.count == 9)
            #expect(report.warnings == [])
            #expect(try await Portrait.all(stores[1], "lab") == [:])
        }
    }
}
