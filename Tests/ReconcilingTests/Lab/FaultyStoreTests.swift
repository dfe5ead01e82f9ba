import Leasing
import ObjectStore
import Reconciling
import Resources
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct FaultyStoreTests {
    private static let unavailable = StoreError(.unavailable, "test")
    private static let conflict = StoreError(.conflict, "test")

    @Test("An assignment whose answer is lost stands, and is made once")
    func answerLost() async throws {
        try await withLab(patience: 5) { bench in
            try await bench.furnish("e1", "e2")
            bench.store.inject(.failAfter(Self.unavailable), on: [.write], of: .exporters)
            _ = try await bench.create("l1")
            let lease = try await bench.wait(for: Lease.self, "l1") { $0.isReady }
            #expect(lease.exporterName == "e1")
            #expect(try await bench.create("l2").exporterName == "e2")
            #expect(try await bench.exporter("e1").leaseName == "l1")
        }
    }

    @Test("A lease that has waited gets its exporter although the store fails in that moment")
    func failureAtAssignment() async throws {
        try await withLab(patience: 5) { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            #expect(try await bench.create("l2").pendingReason == "NotAvailable")
            bench.store.inject(.failBefore(Self.unavailable), on: [.write], of: .exporters, times: 3)
            try await bench.lab.release(key("l1"))
            try await bench.wait(for: Lease.self, "l2") { $0.isReady }
        }
    }

    @Test("A lost race while a lease is assigned is run again at once: the answer is still Ready")
    func conflictAtAssignment() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            bench.store.inject(.failBefore(Self.conflict), on: [.write], of: .exporters)
            #expect(try await bench.create("l1").isReady)
        }
    }

    @Test("A lost race while a lease ends is run again at once: the answer is still that it has ended")
    func conflictAtEnd() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            bench.store.inject(.failBefore(Self.conflict), on: [.write], of: .leases)
            try await bench.lab.release(key("l1"))
            #expect(try await bench.lease("l1").status.ended)
            #expect(try await bench.exporter("e1").leaseName == nil)
        }
    }

    @Test("A refusal that cannot be written is written later")
    func failureAtRefusal() async throws {
        try await withLab(patience: 5) { bench in
            try await bench.furnish("e1")
            bench.store.inject(.failBefore(Self.unavailable), on: [.write], of: .leases, times: 2)
            _ = try await bench.create("l1", exporter: "nowhere")
            let lease = try await bench.wait(for: Lease.self, "l1") { $0.status.ended }
            #expect(lease.status.conditions.isTrue("Unsatisfiable"))
        }
    }

    @Test("The end of a lease that cannot be written comes later")
    func failureAtEnd() async throws {
        try await withLab(patience: 5) { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            bench.store.inject(.failBefore(Self.unavailable), on: [.write], of: .leases, times: 2)
            bench.time.advance(by: 600)
            try await bench.wait(for: Lease.self, "l1") { $0.status.ended }
            #expect(try await bench.exporter("e1").leaseName == nil)
        }
    }

    @Test("A store that is away for a while loses nothing")
    func outage() async throws {
        try await withLab(patience: 60) { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            bench.store.breakDown()
            _ = try await bench.base.create(Bench.lease("l2"))
            _ = try await bench.base.patch(.leases, key("l1"), .merge(["spec": ["release": true]]), subresource: .main)
            await bench.store.waitForCalls { calls in calls.filter { $0.operation == .watch }.count >= 12 }
            bench.store.heal()
            try await bench.wait(for: Lease.self, "l1") { $0.status.ended }
            try await bench.wait(for: Lease.self, "l2") { $0.isReady || $0.pendingReason == "Offline" }
        }
    }

    @Test("A replica that sees a claim before the lease's status does not undo it")
    func claimSeenFirst() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.lab.report(.afterLeaseHook, message: nil, releaseLease: false, by: key("e1"))
            #expect(try await bench.create("l1").pendingReason == "NotReady")
            try await bench.another().run { other in
                other.store.stallWatches(of: .leases)
                try await bench.lab.report(.available, message: nil, releaseLease: false, by: key("e1"))
                try await bench.wait(for: Lease.self, "l1") { $0.isReady }
                await other.store.waitForCalls { calls in
                    calls.contains { $0.operation == .get && $0.type == .leases && $0.key == key("l1") }
                }
                // The other replica has read the lease; what it does next shows whether it understood.
                try await other.lab.report(.leaseReady, message: nil, releaseLease: false, by: key("e1"))
                #expect(try await bench.exporter("e1").leaseName == "l1")
                #expect(try await other.create("l2").exporterName == nil)
            }
        }
    }

    @Test("A replica that does not know an exporter yet does not end the lease that names it")
    func exporterSeenLate() async throws {
        try await withLab { bench in
            try await bench.furnish()
            try await bench.another().run { other in
                other.store.stallWatches(of: .exporters)
                try await bench.addExporter("e1")
                try await bench.connect("e1")
                try await bench.create("l1")
                #expect(try await other.lab.update(key("l1")) { $0.spec.allowDisabled = true }.isReady)
                #expect(try await !bench.lease("l1").status.ended)
            }
        }
    }

    @Test("An exporter that was disabled after the decision and before the claim is not given out")
    func disabledMeanwhile() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            let gate = Gate()
            // The first attempt is decided, and loses the race against an administrator who disables the exporter.
            bench.store.inject(.holdBefore(gate), on: [.write], of: .exporters)
            async let created = bench.create("l1")
            await gate.waitForArrivals()
            try await bench.edit(Exporter.self, "e1") { $0.spec.enabled = false }
            gate.open()
            let lease = try await created
            #expect(lease.exporterName == nil)
            #expect(lease.status.conditions[type: "Unsatisfiable"]?.reason == "AllDisabled")
        }
    }
}
