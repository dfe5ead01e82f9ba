import Leasing
import ObjectStore
import Reconciling
import Resources
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct LeaseChangeTests {
    private func addPolicy(_ bench: Bench, atMost seconds: Int64, team: String = "kernel") async throws {
        let entry = ExporterAccessPolicy.Entry(
            description: "Kernel",
            priority: 5,
            from: [.init(clientSelector: LabelSelector(matchLabels: ["team": team]))],
            maximumDuration: GoDuration(seconds: seconds)
        )
        let metadata = ObjectMeta(name: "policy", namespace: Bench.namespace)
        _ = try await bench.base.create(ExporterAccessPolicy(metadata: metadata, spec: .init(policies: [entry])))
    }

    @Test("A running lease is handed to another client, and the exporter hears of it once")
    func transfer() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.addClient("bob")
            try await bench.withFeed(of: "e1") { feed in
                var told = feed.makeAsyncIterator()
                #expect(await told.next() == .unleased)
                try await bench.create("l1")
                #expect(await told.next() == .leased(lease: "l1", client: "alice", context: [:]))
                let lease = try await bench.lab.update(key("l1")) { $0.spec.clientRef.name = "bob" }
                #expect(lease.isReady)
                #expect(await told.next() == .leased(lease: "l1", client: "bob", context: [:]))
                #expect(try await bench.lab.activeLeases(ofClient: key("alice")).isEmpty)
                #expect(try await bench.lab.activeLeases(ofClient: key("bob")) == ["l1"])
            }
        }
    }

    @Test("A lease handed to a client that the watch has not brought yet goes on")
    func transferToNewClient() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            bench.store.stallWatches(of: .clients)
            try await bench.addClient("bob")
            let lease = try await bench.lab.update(key("l1")) { $0.spec.clientRef.name = "bob" }
            #expect(lease.isReady && !lease.status.ended)
        }
    }

    @Test(
        "A policy that is there when the lease comes decides; a client without access is refused with its description"
    )
    func policies() async throws {
        try await withBench { bench in
            try await bench.addClient("alice", labels: ["team": "kernel"])
            try await bench.addClient("bob")
            try await bench.addExporter("e1")
            try await addPolicy(bench, atMost: 600)
            try await bench.run { bench in
                try await bench.connect("e1")
                let bob = try await bench.lab.create(Bench.lease("l1", client: "bob"))
                #expect(bob.status.conditions[type: "Unsatisfiable"]?.reason == "NoAccess")
                #expect(bob.status.conditions[type: "Unsatisfiable"]?.message.contains("Kernel") == true)
                let alice = try await bench.create("l2")
                #expect(alice.isReady)
                #expect(alice.status.priority == 5)
            }
        }
    }

    @Test("A waiting lease loses its hope when a policy comes that is not for it")
    func policyComesLater() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            #expect(try await bench.create("l2").pendingReason == "NotAvailable")
            try await addPolicy(bench, atMost: 600)
            let lease = try await bench.wait(for: Lease.self, "l2") { $0.status.ended }
            #expect(lease.status.conditions[type: "Unsatisfiable"]?.reason == "NoAccess")
            #expect(try await bench.lease("l1").isReady)
        }
    }

    @Test("A running lease is neither stretched nor handed over beyond what the policies allow")
    func beyondAccess() async throws {
        try await withLab { bench in
            try await bench.addClient("alice", labels: ["team": "kernel"])
            try await bench.addClient("bob")
            try await bench.addExporter("e1")
            try await bench.connect("e1")
            try await bench.create("l1")
            try await addPolicy(bench, atMost: 700)
            // The policy is known once a lease of bob's is refused.
            _ = try await bench.lab.create(Bench.lease("probe", client: "bob"))
            try await bench.wait(for: Lease.self, "probe") { $0.status.conditions.isTrue("Unsatisfiable") }
            await #expect(throws: LabError.self) {
                try await bench.lab.update(key("l1")) { $0.spec.duration = GoDuration(seconds: 701) }
            }
            await #expect(throws: LabError.self) {
                try await bench.lab.update(key("l1")) { $0.spec.clientRef.name = "bob" }
            }
            #expect(try await bench.lab.update(key("l1")) { $0.spec.duration = GoDuration(seconds: 700) }.isReady)
        }
    }

    @Test("What the change throws reaches the caller and nothing is written")
    func changeThrows() async throws {
        struct Refused: Error {}
        try await withLab { bench in
            try await bench.furnish("e1")
            let lease = try await bench.create("l1")
            await #expect(throws: Refused.self) { try await bench.lab.update(key("l1")) { _ in throw Refused() } }
            #expect(try await bench.lease("l1") == lease)
        }
    }
}
