import Leasing
import ObjectStore
import Reconciling
import Resources
import TestSupport
import Testing

/// What a crash may leave behind between two writes, and what the next start makes of it.
@Suite(.timeLimit(.minutes(1))) struct RecoveryTests {
    /// Exporters that are online by what the store says, and a client; no lab has run yet.
    private func furnish(_ bench: Bench, _ exporters: String..., claimedBy lease: String? = nil) async throws {
        try await bench.addClient()
        for name in exporters {
            try await bench.addExporter(name)
            try await bench.editStatus(Exporter.self, name) { exporter in
                for type in ["Online", "Registered"] {
                    let now = bench.time.timestamp
                    exporter.status.conditions.set(
                        Condition(type: type, status: .isTrue, lastTransitionTime: now, reason: "Seen", message: "")
                    )
                }
                exporter.status.lastSeen = bench.time.timestamp
                exporter.status.exporterStatus = .available
                exporter.status.leaseRef = lease.map(LocalObjectReference.init)
            }
        }
    }

    private func addLease(
        _ bench: Bench,
        _ name: String,
        on exporter: String?,
        ended: Bool = false,
        labelled: Bool = false
    ) async throws {
        var lease = Bench.lease(name)
        lease.metadata.labels = lease.serviceLabels
        if labelled { lease.metadata.labels[Lease.Label.ended] = "true" }
        _ = try await bench.base.create(lease)
        try await bench.editStatus(Lease.self, name) { lease in
            if let exporter {
                lease.status.markReady(Candidate(exporter: exporter), generation: 1, now: bench.time.timestamp)
            }
            if ended { lease.status.markEnded(.released, message: "", generation: 1, now: bench.time.timestamp) }
        }
    }

    @Test("A claim whose lease was not told: the lease gets an exporter and no claim is left over")
    func claimWithoutLease() async throws {
        try await withBench { bench in
            try await furnish(bench, "e1", claimedBy: "l1")
            _ = try await bench.base.create(Bench.lease("l1"))
            try await bench.run { bench in
                try await bench.wait(for: Lease.self, "l1") { $0.isReady }
                try await bench.wait(for: Exporter.self, "e1") { $0.leaseName == "l1" }
            }
        }
    }

    @Test("Two claims for one lease: it gets one exporter, the other is freed")
    func twoClaims() async throws {
        try await withBench { bench in
            try await furnish(bench, "e1", "e2", claimedBy: "l1")
            _ = try await bench.base.create(Bench.lease("l1"))
            try await bench.run { bench in
                let lease = try await bench.wait(for: Lease.self, "l1") { $0.isReady }
                let other = lease.exporterName == "e1" ? "e2" : "e1"
                try await bench.wait(for: Exporter.self, other) { $0.leaseName == nil }
                #expect(try await bench.create("l2").exporterName == other)
            }
        }
    }

    @Test("A claim whose lease does not exist is undone")
    func claimOfNothing() async throws {
        try await withBench { bench in
            try await furnish(bench, "e1", claimedBy: "gone")
            try await bench.run { bench in
                try await bench.wait(for: Exporter.self, "e1") { $0.leaseName == nil }
                try await bench.create("l1")
                try await bench.wait(for: Lease.self, "l1") { $0.isReady }
            }
        }
    }

    @Test("A claim whose lease has ended is undone, whether or not its label was written", arguments: [true, false])
    func claimOfEndedLease(labelled: Bool) async throws {
        try await withBench { bench in
            try await furnish(bench, "e1", claimedBy: "l1")
            try await addLease(bench, "l1", on: "e1", ended: true, labelled: labelled)
            try await bench.run { bench in
                try await bench.wait(for: Exporter.self, "e1") { $0.leaseName == nil }
                try await bench.wait(for: Lease.self, "l1") { $0.hasEndedLabel && $0.status.ended }
            }
        }
    }

    @Test("A claim whose lease has another exporter is undone")
    func claimOfLeaseElsewhere() async throws {
        try await withBench { bench in
            try await furnish(bench, "e1", "e2", claimedBy: "l1")
            try await addLease(bench, "l1", on: "e2")
            try await bench.run { bench in
                try await bench.wait(for: Exporter.self, "e1") { $0.leaseName == nil }
                #expect(try await bench.exporter("e2").leaseName == "l1")
                #expect(try await !bench.lease("l1").status.ended)
            }
        }
    }

    @Test("An ended lease without its label gets it")
    func labelMissing() async throws {
        try await withBench { bench in
            try await furnish(bench, "e1")
            try await addLease(bench, "l1", on: "e1", ended: true)
            _ = try await bench.run { bench in try await bench.wait(for: Lease.self, "l1") { $0.hasEndedLabel } }
        }
    }

    @Test("A running lease whose claim was lost gets it back before anybody else gets the exporter")
    func claimLost() async throws {
        try await withBench { bench in
            try await furnish(bench, "e1")
            try await addLease(bench, "l1", on: "e1")
            try await bench.run { bench in
                try await bench.wait(for: Exporter.self, "e1") { $0.leaseName == "l1" }
                #expect(try await bench.lease("l1").isReady)
            }
        }
    }

    @Test("Of two running leases that name one exporter, the one that holds the claim stays")
    func twoLeases() async throws {
        try await withBench { bench in
            try await furnish(bench, "e1", claimedBy: "l2")
            try await addLease(bench, "l1", on: "e1")
            try await addLease(bench, "l2", on: "e1")
            try await bench.run { bench in
                try await bench.wait(for: Lease.self, "l1") { $0.status.ended }
                #expect(try await bench.lease("l2").isReady)
                #expect(try await bench.exporter("e1").leaseName == "l2")
            }
        }
    }

    @Test("A lease whose time ran out while nothing ran ends at the start")
    func expiredMeanwhile() async throws {
        try await withBench { bench in
            try await furnish(bench, "e1", claimedBy: "l1")
            try await addLease(bench, "l1", on: "e1")
            bench.time.advance(by: 10_000)
            try await bench.run { bench in
                let lease = try await bench.wait(for: Lease.self, "l1") { $0.status.ended && $0.hasEndedLabel }
                #expect(lease.status.conditions[type: "Ready"]?.reason == "Expired")
                try await bench.wait(for: Exporter.self, "e1") { $0.leaseName == nil }
            }
        }
    }

    @Test("A restart leaves a running lease alone and its end still comes")
    func restart() async throws {
        try await withBench { bench in
            let before = try await bench.run { bench in
                try await bench.furnish("e1")
                return try await bench.create("l1")
            }
            try await bench.another().run { next in
                #expect(try await next.lab.update(key("l1")) { _ in }.status == before.status)
                next.time.advance(by: 600)
                try await next.wait(for: Lease.self, "l1") { $0.status.ended }
            }
        }
    }

    @Test("Waiting leases keep their order over a restart")
    func orderOverRestart() async throws {
        try await withBench { bench in
            try await bench.run { bench in
                try await bench.furnish("e1")
                for name in ["l1", "z", "a"] { try await bench.create(name) }
            }
            try await bench.another().run { next in
                try await next.lab.release(key("l1"))
                try await next.wait(for: Lease.self, "z") { $0.isReady }
                #expect(try await next.lease("a").exporterName == nil)
            }
        }
    }
}
