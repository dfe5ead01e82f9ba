import Leasing
import ObjectStore
import Reconciling
import Resources
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct StatusFeedTests {
    private func leased(_ name: String) -> ExporterAssignment { .leased(lease: name, client: "alice", context: [:]) }

    @Test("The feed says each change once and nothing else, whatever else changes about the exporter")
    func neverRepeats() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.withFeed(of: "e1") { feed in
                var told = feed.makeAsyncIterator()
                #expect(await told.next() == .unleased)
                try await bench.create("l1")
                try await bench.lab.report(.beforeLeaseHook, message: nil, releaseLease: false, by: key("e1"))
                try await bench.lab.report(.leaseReady, message: nil, releaseLease: false, by: key("e1"))
                try await bench.edit(Exporter.self, "e1") { $0.metadata.labels["floor"] = "1" }
                try await bench.create("l2")
                try await bench.lab.release(key("l1"))
                try await bench.lab.report(.afterLeaseHook, message: nil, releaseLease: true, by: key("e1"))
                try await bench.lab.report(.available, message: nil, releaseLease: false, by: key("e1"))
                try await bench.wait(for: Lease.self, "l2") { $0.isReady }
                #expect(await told.next() == leased("l1"))
                #expect(await told.next() == .unleased)
                #expect(await told.next() == leased("l2"))
            }
        }
    }

    @Test("The context of a lease reaches the exporter")
    func context() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            var lease = Bench.lease("l1")
            lease.spec.context = ["build": "42"]
            _ = try await bench.lab.create(lease)
            try await bench.withFeed(of: "e1") { feed in
                var told = feed.makeAsyncIterator()
                #expect(await told.next() == .leased(lease: "l1", client: "alice", context: ["build": "42"]))
            }
        }
    }

    @Test("An exporter that was away while one lease followed another hears that the first is over")
    func awayBetweenLeases() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            try await bench.withFeed(of: "e1") { feed in
                var told = feed.makeAsyncIterator()
                #expect(await told.next() == leased("l1"))
            }
            try await bench.create("l2")
            try await bench.lab.release(key("l1"))
            try await bench.wait(for: Lease.self, "l2") { $0.isReady }
            try await bench.withFeed(of: "e1") { feed in
                var told = feed.makeAsyncIterator()
                #expect(await told.next() == .unleased)
                #expect(await told.next() == leased("l2"))
            }
        }
    }

    @Test("An exporter that connects anew in the same lease is told of it at once")
    func reconnect() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            for _ in 0..<2 {
                try await bench.withFeed(of: "e1") { feed in
                    var told = feed.makeAsyncIterator()
                    #expect(await told.next() == leased("l1"))
                }
            }
        }
    }

    @Test(
        "Back-to-back leases never reach the feed without unleased between them, also when another replica makes them"
    )
    func backToBack() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.another().run { other in
                try await bench.withFeed(of: "e1") { feed in
                    var told = feed.makeAsyncIterator()
                    #expect(await told.next() == .unleased)
                    for index in 0..<20 {
                        let name = "l\(index)"
                        let maker = index % 2 == 0 ? other.lab : bench.lab
                        _ = try await maker.create(Bench.lease(name))
                        try await bench.wait(for: Lease.self, name) { $0.isReady }
                        #expect(await told.next() == leased(name))
                        try await (index % 3 == 0 ? other.lab : bench.lab).release(key(name))
                        #expect(await told.next() == .unleased)
                    }
                }
            }
        }
    }

    @Test("The feed of an exporter that does not exist is refused")
    func unknown() async throws {
        _ = try await withLab { bench in
            await #expect(throws: LabError.self) {
                try await bench.lab.withStatusFeed(of: key("nobody")) { _ in }
            }
        }
    }

    @Test("When the lab stops, feeds end and callers are told that the service is stopping")
    func stop() async throws {
        try await withBench { bench in
            try await bench.run { bench in try await bench.furnish("e1") }
            await #expect(throws: LabError.self) { try await bench.lab.create(Bench.lease("l1")) }
        }
    }

    @Test("A lab whose store cannot be reached at the start waits for it")
    func storeAway() async throws {
        try await withBench(patience: 60) { bench in
            bench.store.inject(.failBefore(StoreError(.unavailable, "test")), on: [.list], times: 12)
            try await bench.run { bench in try await bench.furnish("e1") }
        }
    }

    @Test("A lab that may not read its store fails, and so does everybody who waits for it")
    func unreadable() async throws {
        try await withBench { bench in
            bench.store.breakDown(StoreError(.forbidden, "test"))
            let lab = bench.lab
            let waiter = Task { try await lab.synced() }
            await #expect(throws: StoreError.self) { try await lab.run() }
            await #expect(throws: LabError.self) { try await waiter.value }
        }
    }

    @Test("Changes of an exporter reach those who wait for them, the present state first and its deletion last")
    func exporterChanges() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.lab.withExporterChanges(of: key("e1")) { changes in
                var iterator = changes.makeAsyncIterator()
                #expect(await iterator.next()??.status.exporterStatus == .available)
                try await bench.lab.report(.leaseReady, message: nil, releaseLease: false, by: key("e1"))
                while let exporter = await iterator.next(), exporter?.status.exporterStatus != .leaseReady {}
                _ = try await bench.base.delete(.exporters, key("e1"), options: DeleteOptions())
                while let exporter = await iterator.next(), exporter != nil {}
            }
        }
    }
}
