import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import TestSupport
import Testing

@Suite("CreateLease", .timeLimit(.minutes(3)))
struct CreateLeaseTests {
    @Test("a lease is ready in the answer when an exporter is free, with everything that was asked for")
    func create() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addAvailableExporter()
            let now = Int64(controller.time.now().timeIntervalSince1970)
            let lease = try await controller.createLease("mine", for: alice) {
                $0.tags = ["job": "7"]
                $0.context = ["run": "nightly"]
            }
            #expect(lease.name == "namespaces/lab/leases/mine")
            #expect(lease.selector == "board=rpi")
            #expect(lease.duration.seconds == 3600)
            #expect(lease.client == "namespaces/lab/clients/alice")
            #expect(lease.exporter == "namespaces/lab/exporters/board")
            #expect(lease.effectiveBeginTime.seconds == now)
            #expect(lease.effectiveDuration.seconds == 0)
            #expect(!lease.hasBeginTime && !lease.hasEndTime && !lease.hasEffectiveEndTime && !lease.hasExporterName)
            #expect(lease.tags == ["job": "7"])
            #expect(lease.context == ["run": "nightly"])
            #expect(lease.conditions.last?.type == "Ready")
            #expect(lease.conditions.last?.status == "True")
            #expect(try await controller.lease("mine", as: alice) == lease)
        }
    }

    @Test("without a free exporter it waits and says why; with none that fits it is over")
    func waiting() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addExporter()
            let lease = try await controller.createLease(for: alice)
            #expect(lease.conditions.first { $0.type == "Pending" }?.status == "True")
            #expect(lease.conditions.first { $0.type == "Pending" }?.reason == "Offline")
            #expect(!lease.hasExporter)
            let disabled = try await controller.addExporter("off", labels: ["board": "x86"], isEnabled: false)
            let refused = try await controller.createLease(for: alice) { $0.selector = "board=x86" }
            #expect(refused.conditions.first { $0.type == "Unsatisfiable" }?.reason == "AllDisabled")
            let pinned = try await controller.createLease(for: alice) {
                $0.selector = ""
                $0.exporterName = disabled.name
                $0.allowDisabled = true
            }
            #expect(pinned.exporterName == "off")
            #expect(pinned.allowDisabled)
            #expect(pinned.conditions.first { $0.type == "Pending" }?.reason == "Offline")
        }
    }

    @Test("a scheduled lease waits for its time, which can be changed")
    func scheduled() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addAvailableExporter()
            let now = Int64(controller.time.now().timeIntervalSince1970)
            let lease = try await controller.createLease("later", for: alice) {
                $0.beginTime = .init(seconds: now + 600, nanos: 0)
            }
            #expect(!lease.hasExporter)
            #expect(lease.beginTime.seconds == now + 600)
            let moved = try await controller.updateLease("later", as: alice) {
                $0.beginTime = .init(seconds: now, nanos: 0)
            }
            #expect(moved.exporter == "namespaces/lab/exporters/board")
        }
    }

    @Test("lease_id that exists is ALREADY_EXISTS and leaves the first alone")
    func alreadyExists() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let bob = try await controller.addClient("bob")
            let first = try await controller.createLease("mine", for: alice)
            await expectRefusal(.alreadyExists, "\"mine\"", "lease_id") {
                try await controller.createLease("mine", for: bob) { $0.duration = .init(seconds: 5, nanos: 0) }
            }
            #expect(try await controller.lease("mine", as: bob) == first)
        }
    }

    @Test("a refused CreateLease leaves nothing behind")
    func nothingHalfDone() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addAvailableExporter()
            let changes: [(String, (inout Jumpstarter_Client_V1_Lease) -> Void)] = [
                ("lease.selector", { $0.selector = "" }),
                ("lease.selector", { $0.selector = "a==b==c" }),
                ("lease.duration", { $0.clearDuration() }),
                ("lease.begin_time", { $0.beginTime = .init(seconds: .min, nanos: 0) }),
                ("lease.tags[a/b]", { $0.tags = ["a/b": ""] }),
                ("lease.context", { $0.context = ["": ""] }),
                ("lease.exporter_name", { $0.exporterName = "A" }),
                ("lease.allow_disabled", { $0.allowDisabled = true }),
            ]
            for (field, change) in changes {
                await expectRefusal(.invalidArgument, "\(field): ") {
                    try await controller.createLease("mine", for: alice, change)
                }
            }
            await expectRefusal(.permissionDenied, "lease.client") {
                try await controller.createLease("mine", for: alice) { $0.client = "namespaces/lab/clients/bob" }
            }
            await expectRefusal(.invalidArgument, "lease_id: ") { try await controller.createLease("M", for: alice) }
            #expect(try await controller.storedLeaseCount() == 0)
            let board = try await controller.store.get(Exporter.self, ObjectKey(namespace: "lab", name: "board"))
            #expect(board.status.leaseRef == nil)
        }
    }
}
