import Leasing
import ObjectStore
import Reconciling
import Resources
import TestSupport
import Testing

/// What administrators write with kubectl, past the lab.
@Suite(.timeLimit(.minutes(1))) struct DirectWritesTests {
    @Test("A lease that is created in the store is assigned and gets its labels")
    func create() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            _ = try await bench.base.create(Bench.lease("l1"))
            let lease = try await bench.wait(for: Lease.self, "l1") { $0.isReady && $0.metadata.labels["board"] == "a" }
            #expect(lease.exporterName == "e1")
        }
    }

    @Test("spec.release written into a lease ends it")
    func release() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            _ = try await bench.base.patch(.leases, key("l1"), .merge(["spec": ["release": true]]), subresource: .main)
            try await bench.wait(for: Lease.self, "l1") { $0.status.ended && $0.hasEndedLabel }
            try await bench.wait(for: Exporter.self, "e1") { $0.leaseName == nil }
        }
    }

    @Test("Deleting a lease frees its exporter")
    func deleteLease() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            _ = try await bench.base.delete(.leases, key("l1"), options: DeleteOptions())
            try await bench.wait(for: Exporter.self, "e1") { $0.leaseName == nil }
            #expect(try await bench.create("l2").isReady)
        }
    }

    @Test("A lease deleted and created again under its name is served like a new one")
    func recreateLease() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            let first = try await bench.create("l1")
            _ = try await bench.base.delete(.leases, key("l1"), options: DeleteOptions())
            _ = try await bench.base.create(Bench.lease("l1"))
            let second = try await bench.wait(for: Lease.self, "l1") { $0.isReady }
            #expect(second.metadata.uid != first.metadata.uid)
            #expect(try await bench.exporter("e1").leaseName == "l1")
        }
    }

    @Test("Deleting a client ends its leases")
    func deleteClient() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            _ = try await bench.base.delete(.clients, key("alice"), options: DeleteOptions())
            let lease = try await bench.wait(for: Lease.self, "l1") { $0.status.ended }
            #expect(lease.status.conditions[type: "Ready"]?.message.contains("alice") == true)
            try await bench.wait(for: Exporter.self, "e1") { $0.leaseName == nil }
            try await bench.waitUntilGone(.secrets, "alice-client")
        }
    }

    @Test("Deleting a client ends its waiting leases too, and they never get an exporter")
    func deleteClientThatWaits() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            #expect(try await bench.create("l2").pendingReason == "NotAvailable")
            _ = try await bench.base.delete(.clients, key("alice"), options: DeleteOptions())
            let waiting = try await bench.wait(for: Lease.self, "l2") { $0.status.ended }
            #expect(waiting.status.beginTime == nil && waiting.exporterName == nil)
            try await bench.wait(for: Lease.self, "l1") { $0.status.ended }
        }
    }

    @Test("Deleting an exporter takes its lease along and the next one goes to another exporter")
    func deleteExporter() async throws {
        try await withLab { bench in
            try await bench.furnish("e1", "e2")
            #expect(try await bench.create("l1").exporterName == "e1")
            _ = try await bench.base.delete(.exporters, key("e1"), options: DeleteOptions())
            try await bench.waitUntilGone(.leases, "l1")
            #expect(try await bench.create("l2").exporterName == "e2")
            let again = try await bench.addExporter("e1")
            #expect(again.leaseName == nil)
            // Its token exists only once the lab knows the new object.
            try await bench.wait(for: Exporter.self, "e1") { $0.status.credential != nil }
            try await bench.connect("e1")
            try await bench.create("l3")
            let third = try await bench.wait(for: Lease.self, "l3") { $0.isReady }
            #expect(third.exporterName == "e1")
        }
    }

    @Test("A relabelled exporter serves leases that wait for its new label")
    func relabel() async throws {
        try await withLab { bench in
            try await bench.furnish("e1", "e2")
            try await bench.addExporter("e3", labels: ["board": "c"])
            let lease = Bench.lease("l1", selector: LabelSelector(matchLabels: ["board": "c"]))
            try await bench.wait(for: Exporter.self, "e3") { $0.status.credential != nil }
            #expect(try await bench.lab.create(lease).pendingReason == "Offline")
            try await bench.edit(Exporter.self, "e2") { $0.metadata.labels["board"] = "c" }
            let assigned = try await bench.wait(for: Lease.self, "l1") { $0.isReady }
            #expect(assigned.exporterName == "e2")
        }
    }

    @Test("A label that the service keeps comes back when somebody takes it away")
    func labels() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            try await bench.edit(Lease.self, "l1") { $0.metadata.labels = ["mine": "stays"] }
            let lease = try await bench.wait(for: Lease.self, "l1") { $0.metadata.labels["board"] == "a" }
            #expect(lease.metadata.labels["mine"] == "stays")
        }
    }

    @Test("A watch that breaks off is resumed without a gap, one that ends in silence too")
    func brokenWatches() async throws {
        try await withLab(patience: 5) { bench in
            try await bench.furnish("e1", "e2")
            bench.store.endWatches(throwing: StoreError(.unavailable, "test"))
            _ = try await bench.base.create(Bench.lease("l1"))
            try await bench.wait(for: Lease.self, "l1") { $0.status.beginTime != nil || $0.pendingReason != nil }
            bench.store.endWatches(throwing: nil)
            _ = try await bench.base.create(Bench.lease("l2"))
            try await bench.wait(for: Lease.self, "l2") { $0.status.beginTime != nil || $0.pendingReason != nil }
        }
    }

    @Test("After a version that is no longer kept the lab lists anew and forgets what went away meanwhile")
    func relist() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            bench.store.stallWatches()
            _ = try await bench.base.delete(.leases, key("l1"), options: DeleteOptions())
            _ = try await bench.base.delete(.secrets, key("alice-client"), options: DeleteOptions())
            _ = try await bench.base.create(Bench.lease("l2"))
            bench.store.endWatches(throwing: StoreError(.expired, "too old"))
            try await bench.wait(for: Lease.self, "l2") { $0.isReady }
            try await bench.wait(for: Secret.self, "alice-client") { _ in true }
            #expect(try await bench.lab.activeLeases(ofClient: key("alice")) == ["l2"])
        }
    }
}
