import Leasing
import ObjectStore
import Reconciling
import Resources
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct LeaseRequestTests {
    @Test("The answer to CreateLease is Ready when an exporter is free, and both sides agree in the store")
    func readyAtOnce() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            let lease = try await bench.create("l1")
            #expect(lease.isReady)
            #expect(lease.exporterName == "e1")
            #expect(lease.status.beginTime == bench.time.timestamp)
            #expect(lease.metadata.labels["board"] == "a")
            #expect(lease.metadata.ownerReferences.map(\.kind) == ["Exporter"])
            #expect(try await bench.exporter("e1").leaseName == "l1")
            #expect(try await bench.lease("l1") == lease)
        }
    }

    @Test("A lease waits while all are taken and gets the exporter when it is released")
    func waitsForRelease() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            let waiting = try await bench.create("l2")
            #expect(waiting.pendingReason == "NotAvailable")
            #expect(waiting.exporterName == nil)
            try await bench.lab.release(key("l1"))
            let ended = try await bench.lease("l1")
            #expect(ended.status.ended && ended.hasEndedLabel)
            #expect(ended.status.conditions[type: "Ready"]?.reason == "Released")
            let lease = try await bench.wait(for: Lease.self, "l2") { $0.isReady }
            #expect(lease.exporterName == "e1")
            #expect(try await bench.exporter("e1").leaseName == "l2")
        }
    }

    @Test("Waiting leases are served in the order in which they came")
    func order() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            for name in ["l1", "z", "a", "m"] { try await bench.create(name) }
            for (done, next) in [("l1", "z"), ("z", "a"), ("a", "m")] {
                try await bench.lab.release(key(done))
                try await bench.wait(for: Lease.self, next) { $0.isReady }
            }
        }
    }

    @Test("An offline exporter makes a lease wait until it connects, one that cleans up until it is Available")
    func offlineAndNotReady() async throws {
        try await withLab { bench in
            try await bench.addClient()
            try await bench.addExporter("e1")
            // Before the watch brings it, the lab does not know the exporter.
            _ = try await bench.lab.register(key("e1"), labels: [:], devices: [])
            try await bench.lab.report(.afterLeaseHook, message: nil, releaseLease: false, by: key("e1"))
            #expect(try await bench.create("l1").pendingReason == "NotReady")
            try await bench.lab.unregister(key("e1"), reason: "")
            try await bench.wait(for: Lease.self, "l1") { $0.pendingReason == "Offline" }
            try await bench.connect("e1")
            try await bench.wait(for: Lease.self, "l1") { $0.isReady }
        }
    }

    @Test("A lease that can never be had is ended in the answer, with its label and an event")
    func refused() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            let lease = try await bench.lab.create(Bench.lease("l1", exporter: "nowhere"))
            #expect(lease.status.ended && lease.hasEndedLabel)
            #expect(lease.status.conditions.isTrue("Unsatisfiable"))
            #expect(lease.status.conditions[type: "Unsatisfiable"]?.reason == "ExporterNotFound")
            #expect(try await bench.event("ExporterNotFound", about: "l1").type == .warning)
        }
    }

    @Test("A name that is taken is refused, also by an ended lease")
    func nameTaken() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            await #expect(throws: LabError.self) { try await bench.create("l1") }
            try await bench.lab.release(key("l1"))
            await #expect(throws: LabError.self) { try await bench.create("l1") }
        }
    }

    @Test("Releasing is idempotent, also long after the lease is forgotten; an unknown lease is not found")
    func release() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            try await bench.lab.release(key("l1"))
            let ended = try await bench.lease("l1")
            try await bench.lab.release(key("l1"))
            #expect(try await bench.lease("l1") == ended)
            #expect(try await bench.lab.lease(key("l1")) == ended)
            let unknown = await #expect(throws: LabError.self) { try await bench.lab.release(key("nothing")) }
            guard case .notFound = unknown else { return #expect(Bool(false), "got \(String(describing: unknown))") }
        }
    }

    @Test("A disabled exporter gets no new lease, keeps the one it has, and serves again when enabled")
    func disabled() async throws {
        try await withLab { bench in
            try await bench.furnish("e1", "e2")
            #expect(try await bench.create("l1").exporterName == "e1")
            try await bench.edit(Exporter.self, "e1") { $0.spec.enabled = false }
            // The lab knows once it refuses a lease of that exporter.
            try await bench.create("probe", exporter: "e1")
            let probe = try await bench.wait(for: Lease.self, "probe") { $0.status.ended }
            #expect(probe.status.conditions[type: "Unsatisfiable"]?.reason == "ExporterDisabled")
            #expect(try await bench.create("l2").exporterName == "e2")
            #expect(try await bench.lease("l1").isReady)
            try await bench.lab.release(key("l1"))
            #expect(try await bench.create("l3").exporterName == nil)
            try await bench.edit(Exporter.self, "e1") { $0.spec.enabled = true }
            try await bench.wait(for: Lease.self, "l3") { $0.isReady && $0.exporterName == "e1" }
        }
    }

    @Test("ReportStatus with release_lease ends the lease that the exporter holds")
    func releaseByExporter() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            try await bench.lab.report(.available, message: "done", releaseLease: true, by: key("e1"))
            #expect(try await bench.lease("l1").status.ended)
            #expect(try await bench.exporter("e1").leaseName == nil)
            #expect(try await bench.exporter("e1").status.statusMessage == "done")
            // A second time there is nothing to release.
            try await bench.lab.report(.available, message: nil, releaseLease: true, by: key("e1"))
        }
    }

    @Test("A hundred requests at once get ten exporters, each one lease")
    func stampede() async throws {
        try await withLab { bench in
            try await bench.addClient()
            for index in 0..<10 {
                try await bench.addExporter("e\(index)")
                try await bench.connect("e\(index)")
            }
            let leases = try await withThrowingTaskGroup(of: Lease.self) { group in
                for index in 0..<100 { group.addTask { try await bench.create("l\(index)") } }
                return try await group.reduce(into: [Lease]()) { $0.append($1) }
            }
            let given = leases.compactMap(\.exporterName)
            #expect(given.count == 10)
            #expect(Set(given).count == 10)
            #expect(leases.filter { $0.pendingReason == "NotAvailable" }.count == 90)
        }
    }
}
