import Leasing
import ObjectStore
import Reconciling
import Resources
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct LeaseTimeTests {
    private func later(_ bench: Bench, _ seconds: Int64) -> Timestamp {
        Timestamp(seconds: bench.time.timestamp.seconds + seconds)
    }

    @Test("A scheduled lease waits for its time without holding an exporter, and begins at it")
    func scheduled() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            let lease = try await bench.lab.create(Bench.lease("l1", duration: 60, begin: later(bench, 30)))
            #expect(lease.pendingReason == "Scheduled")
            #expect(try await bench.create("l2").isReady)
            try await bench.lab.release(key("l2"))
            bench.time.advance(by: 30)
            let begun = try await bench.wait(for: Lease.self, "l1") { $0.isReady }
            #expect(begun.status.beginTime == bench.time.timestamp)
        }
    }

    @Test("A beginning that is moved to now begins now")
    func beginSooner() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            _ = try await bench.lab.create(Bench.lease("l1", begin: later(bench, 5000)))
            let now = bench.time.timestamp
            let lease = try await bench.lab.update(key("l1")) { $0.spec.beginTime = now }
            #expect(lease.isReady)
        }
    }

    @Test("A waiting lease that is put off gives up the exporter that it was about to get")
    func putOff() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            try await bench.create("l2")
            let begin = later(bench, 5000)
            let lease = try await bench.lab.update(key("l2")) { $0.spec.beginTime = begin }
            #expect(lease.pendingReason == "Scheduled")
            try await bench.lab.release(key("l1"))
            #expect(try await bench.create("l3").isReady)
        }
    }

    @Test("An expired lease ends, frees its exporter and tells it")
    func expiry() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.withFeed(of: "e1") { feed in
                var told = feed.makeAsyncIterator()
                #expect(await told.next() == .unleased)
                try await bench.create("l1")
                #expect(await told.next() == .leased(lease: "l1", client: "alice", context: [:]))
                bench.time.advance(by: 600)
                #expect(await told.next() == .unleased)
                let lease = try await bench.wait(for: Lease.self, "l1") { $0.status.ended && $0.hasEndedLabel }
                #expect(lease.status.conditions[type: "Ready"]?.reason == "Expired")
                #expect(lease.status.endTime == bench.time.timestamp)
                #expect(try await bench.exporter("e1").leaseName == nil)
            }
        }
    }

    @Test("An extended lease outlives its first end and ends at the new one")
    func extend() async throws {
        try await withLab { bench in
            try await bench.furnish("e1", "e2")
            try await bench.create("l1")
            try await bench.create("l2")
            _ = try await bench.lab.update(key("l1")) { $0.spec.duration = GoDuration(seconds: 1200) }
            bench.time.advance(by: 600)
            // The other one ends at the moment at which this one would have.
            try await bench.wait(for: Lease.self, "l2") { $0.status.ended }
            #expect(try await bench.lab.update(key("l1")) { $0.spec.allowDisabled = true }.isReady)
            bench.time.advance(by: 600)
            let lease = try await bench.wait(for: Lease.self, "l1") { $0.status.ended }
            #expect(lease.status.conditions[type: "Ready"]?.reason == "Expired")
        }
    }

    @Test("A shortened lease ends at its new end, at once when that has passed")
    func shorten() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            bench.time.advance(by: 100)
            let lease = try await bench.lab.update(key("l1")) { $0.spec.duration = GoDuration(seconds: 100) }
            #expect(lease.status.ended)
            #expect(try await bench.exporter("e1").leaseName == nil)
        }
    }

    @Test("A lease that waits past its end is over without having had an exporter")
    func waitsTooLong() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            _ = try await bench.lab.create(Bench.lease("l2", duration: 50, end: later(bench, 50)))
            bench.time.advance(by: 50)
            let lease = try await bench.wait(for: Lease.self, "l2") { $0.status.ended }
            #expect(lease.exporterName == nil)
            #expect(try await bench.lease("l1").isReady)
        }
    }

    @Test("Deadlines go on firing one after the other, whatever order they were set in")
    func manyDeadlines() async throws {
        try await withLab { bench in
            try await bench.furnish("e1", "e2", "e3")
            for (name, duration) in [("l3", 300), ("l1", 100), ("l2", 200)] as [(String, Int64)] {
                _ = try await bench.lab.create(Bench.lease(name, duration: duration))
            }
            for name in ["l1", "l2", "l3"] {
                bench.time.advance(by: 100)
                try await bench.wait(for: Lease.self, name) { $0.status.ended }
            }
        }
    }

    @Test("A failed attempt in between does not lose the end of a lease")
    func failureBeforeTheEnd() async throws {
        try await withLab(patience: 5) { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            _ = try await bench.lab.create(Bench.lease("l2", duration: 3000, end: later(bench, 3000)))
            // The label that the service keeps is taken away, and putting it back fails once.
            bench.store.inject(.failBefore(.init(.unavailable, "test")), on: [.write], of: .leases)
            try await bench.edit(Lease.self, "l1") { $0.metadata.labels = [:] }
            try await bench.wait(for: Lease.self, "l1") { $0.metadata.labels["board"] == "a" }
            bench.time.advance(by: 600)
            try await bench.wait(for: Lease.self, "l1") { $0.status.ended }
            try await bench.wait(for: Lease.self, "l2") { $0.isReady || $0.pendingReason == "Offline" }
            bench.time.advance(by: 3000)
            try await bench.wait(for: Lease.self, "l2") { $0.status.ended }
        }
    }
}
