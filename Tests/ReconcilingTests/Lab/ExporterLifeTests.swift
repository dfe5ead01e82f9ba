import Leasing
import ObjectStore
import Reconciling
import Resources
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ExporterLifeTests {
    private func isOnline(_ exporter: Exporter) -> Bool { exporter.status.conditions.isTrue("Online") }

    @Test("An exporter that was never seen is offline, says so and has no status")
    func neverSeen() async throws {
        try await withLab { bench in
            try await bench.addExporter("e1")
            let exporter = try await bench.wait(for: Exporter.self, "e1") { !$0.status.conditions.isEmpty }
            #expect(exporter.status.conditions[type: "Online"]?.message == "Never seen")
            #expect(exporter.status.exporterStatus == nil)
            #expect(exporter.status.lastSeen == nil)
        }
    }

    @Test("Registering replaces the exporter's own labels and devices, leaves the administrator's, and answers the uid")
    func register() async throws {
        try await withLab { bench in
            let created = try await bench.addExporter("e1", labels: ["board": "a", "jumpstarter.dev/old": "1"])
            let devices = [
                Exporter.Device(uuid: "u1", labels: ["x": "y"]), Exporter.Device(uuid: "u2", parentUUID: "u1"),
            ]
            let labels = ["jumpstarter.dev/name": "n", "board": "forged"]
            let uid = try await bench.lab.register(key("e1"), labels: labels, devices: devices)
            #expect(uid == created.metadata.uid)
            let exporter = try await bench.exporter("e1")
            #expect(exporter.metadata.labels == ["board": "a", "jumpstarter.dev/name": "n"])
            #expect(exporter.status.devices == devices)
            #expect(exporter.status.conditions.isTrue("Registered") && isOnline(exporter))
            #expect(exporter.status.lastSeen == bench.time.timestamp)
        }
    }

    @Test("Unregistering takes the exporter offline at once and forgets its devices")
    func unregister() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.lab.unregister(key("e1"), reason: "power cut")
            let exporter = try await bench.exporter("e1")
            #expect(!isOnline(exporter) && !exporter.status.conditions.isTrue("Registered"))
            #expect(exporter.status.exporterStatus == .offline)
            #expect(exporter.status.statusMessage?.contains("power cut") == true)
            #expect(exporter.status.devices.isEmpty)
            _ = try await bench.event("ExporterUnregistered", about: "e1")
        }
    }

    @Test("What the exporter reports is stored, and reporting is a sign of life")
    func report() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            bench.time.advance(by: 40)
            try await bench.lab.report(.beforeLeaseHook, message: "flashing", releaseLease: false, by: key("e1"))
            let exporter = try await bench.exporter("e1")
            #expect(exporter.status.exporterStatus == .beforeLeaseHook)
            #expect(exporter.status.statusMessage == "flashing")
            #expect(exporter.status.lastSeen == bench.time.timestamp)
        }
    }

    @Test("An exporter without a sign of life goes offline after the time-out; connecting clears Offline")
    func timeout() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            bench.time.advance(by: 61)
            let exporter = try await bench.wait(for: Exporter.self, "e1") { !isOnline($0) }
            #expect(exporter.status.exporterStatus == .offline)
            _ = try await bench.event("ExporterOffline", about: "e1")
            #expect(try await bench.create("l1").pendingReason == "Offline")
            try await bench.withFeed(of: "e1") { feed in
                var told = feed.makeAsyncIterator()
                #expect(await told.next() == .unleased)
                // An exporter that never reports a status is free again.
                #expect(await told.next() == .leased(lease: "l1", client: "alice", context: [:]))
                let connected = try await bench.exporter("e1")
                #expect(isOnline(connected) && connected.status.exporterStatus == nil)
            }
        }
    }

    @Test("An exporter that said it goes offline stays so until it comes back")
    func saysOffline() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.lab.report(.offline, message: "bye", releaseLease: false, by: key("e1"))
            #expect(try await !isOnline(bench.exporter("e1")))
            try await bench.lab.report(.available, message: nil, releaseLease: false, by: key("e1"))
            #expect(try await isOnline(bench.exporter("e1")))
        }
    }

    @Test("While a Status stream is open the exporter stays online, with one write each 30 s")
    func heartbeats() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.wait(for: Exporter.self, "e1") { $0.status.credential != nil }
            try await bench.withFeed(of: "e1") { feed in
                var told = feed.makeAsyncIterator()
                #expect(await told.next() == .unleased)
                let before = statusWrites(bench)
                for _ in 0..<10 {
                    for _ in 0..<3 { bench.time.advance(by: 10) }
                    let now = bench.time.timestamp
                    let exporter = try await bench.wait(for: Exporter.self, "e1") { $0.status.lastSeen == now }
                    #expect(isOnline(exporter))
                }
                #expect(statusWrites(bench) - before == 10)
            }
            bench.time.advance(by: 61)
            try await bench.wait(for: Exporter.self, "e1") { !isOnline($0) }
        }
    }

    private func statusWrites(_ bench: Bench) -> Int {
        bench.store.calls.filter { $0.type == .exporters && ($0.operation == .update || $0.operation == .write) }.count
    }

    @Test("Of two Status streams of one exporter either keeps it online")
    func twoStreams() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.withFeed(of: "e1") { outer in
                var told = outer.makeAsyncIterator()
                #expect(await told.next() == .unleased)
                try await bench.withFeed(of: "e1") { inner in
                    var told = inner.makeAsyncIterator()
                    #expect(await told.next() == .unleased)
                }
                for _ in 0..<4 {
                    bench.time.advance(by: 30)
                    let now = bench.time.timestamp
                    let exporter = try await bench.wait(for: Exporter.self, "e1") { $0.status.lastSeen == now }
                    #expect(isOnline(exporter))
                }
                try await bench.create("l1")
                #expect(await told.next() == .leased(lease: "l1", client: "alice", context: [:]))
            }
        }
    }

    @Test("An exporter that goes offline keeps the lease that it has")
    func offlineWhileLeased() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            try await bench.create("l1")
            bench.time.advance(by: 61)
            try await bench.wait(for: Exporter.self, "e1") { !isOnline($0) }
            #expect(try await bench.lab.update(key("l1")) { $0.spec.allowDisabled = true }.isReady)
            #expect(try await bench.exporter("e1").leaseName == "l1")
        }
    }

    @Test("Connecting and going away leave events")
    func events() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            _ = try await bench.event("ExporterRegistered", about: "e1")
            let online = try await bench.event("ExporterOnline", about: "e1")
            #expect(online.type == .normal && online.involvedObject.kind == "Exporter")
            try await bench.create("l1")
            let assigned = try await bench.event("LeaseAssigned", about: "l1")
            #expect(assigned.message.contains("e1") && assigned.involvedObject.kind == "Lease")
            try await bench.lab.release(key("l1"))
            _ = try await bench.event("LeaseReleased", about: "l1")
            _ = try await bench.lab.create(Bench.lease("l2", duration: 10))
            bench.time.advance(by: 10)
            _ = try await bench.event("LeaseExpired", about: "l2")
        }
    }

    @Test("The same thing happening again raises the count of its event")
    func eventCount() async throws {
        try await withLab { bench in
            try await bench.furnish("e1")
            let first = try await bench.event("ExporterOnline", about: "e1")
            for _ in 0..<2 {
                try await bench.lab.report(.offline, message: nil, releaseLease: false, by: key("e1"))
                try await bench.lab.report(.available, message: nil, releaseLease: false, by: key("e1"))
            }
            try await bench.wait(for: Event.self, first.metadata.name) { $0.count == 3 }
        }
    }
}
