import Leasing
import ObjectStore
import Reconciling
import Resources
import TestSupport
import Testing

/// Several controllers on one store that knows no transactions.
@Suite(.timeLimit(.minutes(1))) struct ReplicaTests {
    /// A leader and a replica that follows, both running.
    private func withReplicas(
        _ body: @Sendable (_ leader: Bench, _ follower: Bench, _ leadership: ManualLeadership) async throws -> Void
    ) async throws {
        try await withBench(isSequential: true) { bench in
            let leadership = ManualLeadership(false)
            let follower = bench.another(leadership: leadership)
            try await bench.run { leader in
                try await follower.run { follower in try await body(leader, follower, leadership) }
            }
        }
    }

    @Test("A lease that is created at another replica is Ready in the answer, and ends there too")
    func createAndReleaseAtFollower() async throws {
        try await withReplicas { leader, follower, _ in
            try await leader.furnish("e1")
            let lease = try await follower.create("l1")
            #expect(lease.isReady && lease.exporterName == "e1")
            try await follower.lab.release(key("l1"))
            #expect(try await leader.lease("l1").status.ended)
            try await leader.wait(for: Exporter.self, "e1") { $0.leaseName == nil }
            let writes = follower.store.calls.filter {
                [.update, .patch].contains($0.operation) && $0.type == .exporters
            }
            #expect(writes.isEmpty, "the follower decided by itself")
        }
    }

    @Test("A replica that takes over assigns what waits and ends what is due")
    func takeOver() async throws {
        try await withBench(patience: 5, isSequential: true) { bench in
            let leadership = ManualLeadership(false)
            try await bench.run { bench in
                try await bench.furnish("e1", "e2")
                try await bench.create("l1")
            }
            try await bench.another(leadership: leadership).run { next in
                _ = try await next.base.create(Bench.lease("l2"))
                _ = try await next.base.patch(
                    .leases,
                    key("l1"),
                    .merge(["spec": ["release": true]]),
                    subresource: .main
                )
                leadership.set(true)
                try await next.wait(for: Lease.self, "l2") { $0.isReady }
                try await next.wait(for: Lease.self, "l1") { $0.status.ended && $0.hasEndedLabel }
            }
        }
    }

    @Test("An exporter that is seen by another replica stays online, and its heartbeats are written there")
    func heartbeatAtFollower() async throws {
        try await withReplicas { leader, follower, _ in
            try await leader.furnish("e1")
            try await follower.withFeed(of: "e1") { _ in
                for _ in 0..<5 {
                    let before = leader.time.timestamp
                    leader.time.advance(by: 31)
                    try await leader.wait(for: Exporter.self, "e1") { ($0.status.lastSeen ?? before) > before }
                }
                #expect(try await leader.exporter("e1").isOnline)
            }
        }
    }

    @Test("A claim of another leader that is still at it is taken from it, and its own write comes to nothing")
    func takenClaim() async throws {
        try await withBench(isSequential: true) { bench in
            let second = bench.another()
            try await bench.run { first in
                try await first.furnish("e1")
                let gate = Gate()
                // The first leader claims the exporter and then stands still.
                first.store.inject(.holdBefore(gate)) { $0.operation == .update && $0.type == .leases }
                let created = Task { try await first.create("l1") }
                await first.store.waitForCalls { calls in
                    calls.contains { $0.operation == .update && $0.type == .leases }
                }
                #expect(try await first.exporter("e1").leaseName == "l1")
                try await second.run { second in
                    try await second.wait(for: Lease.self, "l1") { $0.isReady }
                    #expect(try await second.create("l2").pendingReason == "NotAvailable")
                    gate.open()
                    let answer = try await created.value
                    #expect(answer.exporterName == "e1")
                    #expect(try await second.exporter("e1").leaseName == "l1")
                }
            }
        }
    }

    @Test("A claim for an exporter that the lease may not have any more is undone, after the lease was written")
    func fence() async throws {
        try await withBench(isSequential: true) { bench in
            let second = bench.another()
            try await bench.run { first in
                try await first.furnish("e1")
                let gate = Gate()
                first.store.inject(.holdBefore(gate)) { $0.operation == .update && $0.type == .leases }
                let created = Task { try await first.create("l1") }
                await first.store.waitForCalls { calls in
                    calls.contains { $0.operation == .update && $0.type == .leases }
                }
                try await first.edit(Exporter.self, "e1") { $0.spec.enabled = false }
                try await second.run { second in
                    try await second.wait(for: Exporter.self, "e1") { $0.leaseName == nil }
                    gate.open()
                    let answer = try await created.value
                    #expect(answer.exporterName == nil)
                    let lease = try await second.lease("l1")
                    #expect(lease.exporterName == nil)
                    #expect(try await second.exporter("e1").leaseName == nil)
                }
            }
        }
    }

    @Test("A whole lease costs at most six writes and no list")
    func cost() async throws {
        try await withBench(isSequential: true) { bench in
            try await bench.run { bench in
                try await bench.furnish("e1")
                try await bench.wait(for: Exporter.self, "e1") { $0.status.credential != nil }
                try await bench.wait(for: Client.self, "alice") { $0.status.credential != nil }
                let before = bench.store.calls.count
                try await bench.create("l1")
                try await bench.lab.release(key("l1"))
                let calls = bench.store.calls.dropFirst(before).filter { $0.type != .events }
                let writes = calls.filter { [.create, .update, .patch, .delete].contains($0.operation) }
                #expect(writes.count <= 6, "\(writes)")
                #expect(!calls.contains { $0.operation == .list }, "\(calls)")
            }
        }
    }

    @Test("A lease that ends by itself costs no more")
    func costOfExpiry() async throws {
        try await withBench(isSequential: true) { bench in
            try await bench.run { bench in
                try await bench.furnish("e1")
                try await bench.wait(for: Exporter.self, "e1") { $0.status.credential != nil }
                try await bench.wait(for: Client.self, "alice") { $0.status.credential != nil }
                let before = bench.store.calls.count
                _ = try await bench.lab.create(Bench.lease("l1", duration: 20))
                bench.time.advance(by: 20)
                try await bench.wait(for: Exporter.self, "e1") { $0.leaseName == nil }
                let writes = bench.store.calls.dropFirst(before)
                    .filter { $0.type != .events && [.create, .update, .patch, .delete].contains($0.operation) }
                #expect(writes.count <= 6, "\(writes)")
            }
        }
    }

    @Test("A lease that did not get the exporter it was created for is not deleted with it")
    func disowned() async throws {
        try await withBench(isSequential: true) { bench in
            try await bench.run { bench in
                try await bench.furnish("e1")
                // While the lease is being created, its exporter goes away.
                let gate = Gate()
                bench.store.inject(.holdAfter(gate), on: [.create], of: .leases)
                async let created = bench.create("l1")
                await bench.store.waitForCalls { calls in
                    calls.contains { $0.operation == .create && $0.type == .leases }
                }
                try await bench.lab.unregister(key("e1"), reason: "test")
                gate.open()
                _ = try await created
                let lease = try await bench.wait(for: Lease.self, "l1") { $0.metadata.ownerReferences.isEmpty }
                #expect(lease.pendingReason == "Offline")
                _ = try await bench.base.delete(.exporters, key("e1"), options: DeleteOptions())
                let afterwards = try await bench.base.get(Lease.self, key("l1"))
                #expect(afterwards.metadata.uid == lease.metadata.uid)
            }
        }
    }

    @Test("After the store was away, exporters that other replicas see have time to be written")
    func outage() async throws {
        try await withReplicas { leader, follower, _ in
            try await leader.furnish("e1")
            try await follower.withFeed(of: "e1") { told in
                // Once it is told anything, its connection has been written.
                for await _ in told { break }
                let before = try await leader.wait(for: Exporter.self, "e1") { $0.isOnline }
                let gate = Gate()
                follower.store.inject(.holdBefore(gate), on: [.update], of: .exporters)
                leader.time.advance(by: 45)
                await interruptWatch(of: leader)
                // By now the exporter has been silent for too long, as far as the leader can know.
                leader.time.advance(by: 20)
                _ = try await leader.create("l1")
                gate.open()
                let options = WatchOptions(resourceVersion: before.metadata.resourceVersion)
                for try await event in try await leader.base.watch(.exporters, namespace: nil, options: options) {
                    guard case .modified(let object) = event else { continue }
                    let exporter = try object.decoded(as: Exporter.self)
                    #expect(exporter.isOnline)
                    if !exporter.isOnline || exporter.status.lastSeen != before.status.lastSeen { break }
                }
            }
        }
    }

    /// Breaks the watch of exporters off and returns once it has been begun anew.
    private func interruptWatch(of bench: Bench) async {
        let before = bench.store.calls.count
        bench.store.endWatches(of: .exporters, throwing: StoreError(.unavailable, "test"))
        while !bench.store.calls.dropFirst(before).contains(where: { $0.operation == .watch && $0.type == .exporters })
        {
            bench.time.advance(by: 0.01)
            await Task.yield()
        }
    }
}
