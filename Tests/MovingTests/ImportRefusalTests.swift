import Moving
import ObjectStore
import Resources
import SQLiteStore
import Testing

@Suite struct ImportRefusalTests {
    private static func lease(_ name: String, exporter: String) -> String {
        """
        ---
        apiVersion: jumpstarter.dev/v1alpha1
        kind: Lease
        metadata: {name: \(name), namespace: lab}
        spec: {clientRef: {name: alice}, selector: {matchLabels: {board: x}}}
        status: {ended: false, exporterRef: {name: \(exporter)}}

        """
    }

    private static func exporter(_ name: String, lease: String) -> String {
        """
        ---
        apiVersion: jumpstarter.dev/v1alpha1
        kind: Exporter
        metadata: {name: \(name), namespace: lab}
        spec: {}
        status: {leaseRef: {name: \(lease)}}

        """
    }

    /// The problems of a file, each as `DOCUMENT PATH`; the store must stay empty.
    private func problems(_ yaml: String) async throws -> [String] {
        var found: [String] = []
        try await withStores(1) { stores in
            do {
                _ = try await LabImport.apply(yaml, to: stores[0])
                Issue.record("the file was imported")
            } catch LabImportError.invalid(let problems) {
                found = problems.map { "\($0.document) \($0.path)" }
            }
            #expect(try await Portrait.all(stores[0], "lab") == [:])
        }
        return found
    }

    @Test("A lease whose exporter is not in the file is refused")
    func missingExporter() async throws {
        #expect(try await problems(Self.lease("a", exporter: "gone")) == ["1 status.exporterRef.name"])
    }

    @Test("Two leases that hold one exporter are refused")
    func twoHolders() async throws {
        let yaml =
            Self.exporter("dut", lease: "a") + Self.lease("a", exporter: "dut") + Self.lease("b", exporter: "dut")
        #expect(try await problems(yaml) == ["3 status.exporterRef.name"])
    }

    @Test("A lease whose exporter does not name it is refused, and so is an exporter whose lease is not there")
    func oneSidedClaim() async throws {
        let yaml = Self.exporter("dut", lease: "other") + Self.lease("a", exporter: "dut")
        #expect(try await problems(yaml) == ["1 status.leaseRef.name", "2 status.exporterRef.name"])
    }

    @Test("An object that occurs twice is refused")
    func duplicate() async throws {
        let client = "---\napiVersion: jumpstarter.dev/v1alpha1\nkind: Client\nmetadata: {name: a, namespace: lab}\n"
        #expect(try await problems(client + client) == ["2 metadata.name"])
    }

    @Test("Every malformed document is listed with its number and path")
    func malformed() async throws {
        let yaml = """
            # a comment is no document
            ---
            apiVersion: v1
            kind: [unclosed
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: a, namespace: lab}
            ---
            apiVersion: jumpstarter.dev/v1alpha1
            kind: Lease
            metadata: {name: UPPER}
            spec: {clientRef: {name: ""}, duration: 1h}
            ---
            apiVersion: jumpstarter.dev/v1alpha1
            kind: Exporter
            metadata: {name: e, namespace: lab}
            status: {devices: [{uuid: 7}]}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: keys, namespace: lab}
            data: {token: YQ==}
            ---
            just text
            """
        #expect(
            try await problems(yaml) == [
                "1 ", "2 kind", "3 metadata.name", "3 metadata.namespace", "3 spec", "3 spec.clientRef.name",
                "4 status.devices[0].uuid", "5 metadata.name", "6 ",
            ]
        )
    }

    @Test("An empty file is refused")
    func empty() async throws {
        #expect(try await problems("---\n# nothing\n") == ["1 "])
    }

    @Test("Objects that exist are listed before anything is written")
    func conflicts() async throws {
        try await withStores(2) { stores in
            try await Fixture.fill(stores[0], namespace: "lab")
            let yaml = try await LabExport.make(from: stores[0], namespace: "lab")
            _ = try await stores[1].create(Client(metadata: ObjectMeta(name: "alice", namespace: "lab"), spec: .init()))
            await #expect(throws: LabImportError.existing(["clients.jumpstarter.dev \"alice\""])) {
                _ = try await LabImport.apply(yaml, to: stores[1])
            }
            #expect(try await Portrait.all(stores[1], "lab").count == 1)
        }
    }

    @Test("What is missing is made when existing objects are skipped, and a lease claims its exporter again")
    func skipping() async throws {
        try await withStores(2) { stores in
            try await Fixture.fill(stores[0], namespace: "lab")
            let yaml = try await LabExport.make(from: stores[0], namespace: "lab")
            _ = try await LabImport.apply(yaml, to: stores[1])
            let before = try await Portrait.all(stores[1], "lab")
            let lease = ObjectKey(namespace: "lab", name: "active")
            _ = try await stores[1].delete(.leases, lease, options: DeleteOptions())
            // As a controller does once the lease is gone.
            var freed = try await stores[1].get(Exporter.self, ObjectKey(namespace: "lab", name: "dut"))
            freed.status.leaseRef = nil
            _ = try await stores[1].update(freed, subresource: .status)
            let report = try await LabImport.apply(yaml, to: stores[1], options: .init(skipsExisting: true))
            #expect(report.created == ["leases.jumpstarter.dev \"active\""])
            #expect(report.skipped.count == 8)
            #expect(try await Portrait.all(stores[1], "lab") == before)
        }
    }

    @Test("An import that stopped between an object and its status is completed by a second one")
    func completion() async throws {
        try await withStores(2) { stores in
            try await Fixture.fill(stores[0], namespace: "lab")
            let yaml = try await LabExport.make(from: stores[0], namespace: "lab")
            _ = try await LabImport.apply(yaml, to: stores[1])
            let before = try await Portrait.all(stores[1], "lab")
            for (type, name) in [(ResourceType.exporters, "dut"), (.leases, "active"), (.clients, "alice")] {
                var half = try await stores[1].get(type, ObjectKey(namespace: "lab", name: name))
                half.content["status"] = nil
                _ = try await stores[1].update(half, subresource: .status)
            }
            let report = try await LabImport.apply(yaml, to: stores[1], options: .init(skipsExisting: true))
            #expect(report.completed.count == 3)
            #expect(report.created == [])
            #expect(try await Portrait.all(stores[1], "lab") == before)
        }
    }

    @Test("A lease does not take an exporter from another that holds it")
    func heldExporter() async throws {
        try await withStores(2) { stores in
            try await Fixture.fill(stores[0], namespace: "lab")
            let yaml = try await LabExport.make(from: stores[0], namespace: "lab")
            let exporter = Exporter(metadata: ObjectMeta(name: "dut", namespace: "lab"))
            var held = try await stores[1].create(exporter)
            held.status.leaseRef = LocalObjectReference(name: "other")
            _ = try await stores[1].update(held, subresource: .status)
            do {
                _ = try await LabImport.apply(yaml, to: stores[1], options: .init(skipsExisting: true))
                Issue.record("the exporter was taken")
            } catch LabImportError.held(let list) {
                #expect(list == ["exporter \"dut\" of lease \"active\" is held by lease \"other\""])
            }
            #expect(try await Portrait.all(stores[1], "lab").count == 1)
        }
    }
}
