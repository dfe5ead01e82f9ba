import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import Testing

@Suite("Leases as their client sees them", .timeLimit(.minutes(3)))
struct ClientLeaseTests {
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

    @Test("values that are much too large come back as short errors, and the connection lives on")
    func oversized() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let huge = String(repeating: "ü", count: 200_000)
            await expectRefusal(.invalidArgument, "lease.selector") {
                try await controller.createLease(for: alice) { $0.selector = huge }
            }
            await expectRefusal(.invalidArgument, "lease_id") { try await controller.createLease(huge, for: alice) }
            await expectRefusal(.invalidArgument, "lease.tags") {
                try await controller.createLease(for: alice) { $0.tags = [huge: huge] }
            }
            await expectRefusal(.invalidArgument, "lease.context") {
                try await controller.createLease(for: alice) { $0.context = [huge: huge] }
            }
            await expectRefusal(.invalidArgument, "name") { try await controller.lease(huge, as: alice) }
            await expectRefusal(.invalidArgument, "filter") {
                try await controller.leaseNames(as: alice) { $0.filter = huge }
            }
            await expectRefusal(.invalidArgument, "page_token") {
                try await controller.leaseNames(as: alice) { $0.pageToken = huge }
            }
            #expect(try await controller.leaseNames(as: alice) == [])
        }
    }

    @Test("bytes that are no message, or text that is not UTF-8, are INVALID_ARGUMENT")
    func malformedMessages() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let method = Jumpstarter_Client_V1_ClientService.Method.CreateLease.descriptor
            // Field 1 (parent), length-delimited, two bytes that are not UTF-8; then a field cut off in the middle.
            for bytes in [[0x0A, 0x02, 0xFF, 0xFE], [0x0A, 0x7F, 0x61]] as [[UInt8]] {
                await expectRefusal(.invalidArgument) {
                    try await controller.connection.unary(
                        request: ClientRequest(message: bytes, metadata: alice.metadata),
                        descriptor: method,
                        serializer: RawBytes(),
                        deserializer: RawBytes(),
                        options: .defaults
                    ) { try $0.message }
                }
            }
            #expect(try await controller.storedLeaseCount() == 0)
        }
    }

    @Test("a lease that does not exist is NOT_FOUND")
    func missing() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            await expectRefusal(.notFound, "\"none\"", "\"lab\"") { try await controller.lease("none", as: alice) }
            await expectRefusal(.notFound, "\"none\"") { try await controller.deleteLease("none", as: alice) }
            await expectRefusal(.notFound, "\"none\"") {
                try await controller.updateLease("none", as: alice) { $0.duration = .init(seconds: 1, nanos: 0) }
            }
        }
    }

    @Test("a lease is deleted once, and then over; deleting it again is FAILED_PRECONDITION")
    func delete() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            controller.time.advance(bySeconds: 100)
            try await controller.deleteLease("mine", as: alice)
            let lease = try await controller.lease("mine", as: alice)
            #expect(lease.effectiveDuration.seconds == 100)
            #expect(lease.hasEffectiveEndTime)
            #expect(lease.conditions.last?.type == "Ready")
            #expect(lease.conditions.last?.status == "False")
            #expect(lease.conditions.last?.reason == "Released")
            await expectRefusal(.failedPrecondition, "\"mine\"", "ended") {
                try await controller.deleteLease("mine", as: alice)
            }
            await expectRefusal(.failedPrecondition, "\"mine\"", "ended") {
                try await controller.updateLease("mine", as: alice) { $0.duration = .init(seconds: 1, nanos: 0) }
            }
        }
    }

    @Test("a client reads another's lease but cannot change, delete, release or dial it")
    func foreign() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let bob = try await controller.addClient("bob")
            _ = try await controller.addAvailableExporter()
            let lease = try await controller.createLease("mine", for: alice)
            #expect(try await controller.lease("mine", as: bob) == lease)
            let words = "permission denied"
            await expectRefusal(.permissionDenied, words, "mine") { try await controller.deleteLease("mine", as: bob) }
            await expectRefusal(.permissionDenied, words) {
                try await controller.updateLease("mine", as: bob) { $0.duration = .init(seconds: 1, nanos: 0) }
            }
            await expectRefusal(.permissionDenied, words) {
                try await controller.updateLease("mine", as: bob) { $0.client = bob.resourceName }
            }
            await expectRefusal(.permissionDenied, words) { try await controller.releaseLease("mine", as: bob) }
            await expectRefusal(.permissionDenied, words) { try await controller.dial("mine", as: bob) }
            #expect(try await controller.lease("mine", as: alice) == lease)
        }
    }

    @Test("a running lease is extended, shortened to an end, and cannot begin anew")
    func update() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            let extended = try await controller.updateLease("mine", paths: ["duration"], as: alice) {
                $0.duration = .init(seconds: 7200, nanos: 0)
            }
            #expect(extended.duration.seconds == 7200)
            let now = Int64(controller.time.now().timeIntervalSince1970)
            let shortened = try await controller.updateLease("mine", as: alice) {
                $0.endTime = .init(seconds: now + 60, nanos: 0)
            }
            #expect(shortened.duration.seconds == 60)
            #expect(shortened.endTime.seconds == now + 60)
            await expectRefusal(.failedPrecondition, "lease.begin_time: ") {
                try await controller.updateLease("mine", as: alice) { $0.beginTime = .init(seconds: now + 5, nanos: 0) }
            }
            await expectRefusal(.invalidArgument, "update_mask: ", "\"tags\"") {
                try await controller.updateLease("mine", paths: ["tags"], as: alice) { $0.tags = ["a": "b"] }
            }
            await expectRefusal(.invalidArgument, "update_mask: ") {
                try await controller.updateLease("mine", as: alice) { _ in }
            }
            #expect(try await controller.lease("mine", as: alice) == shortened)
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

    @Test("a lease is handed to another client of the namespace, and is no longer its giver's")
    func transfer() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let bob = try await controller.addClient("bob")
            _ = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            await expectRefusal(.notFound, "lease.client: ", "\"nobody\"") {
                try await controller.updateLease("mine", as: alice) { $0.client = "namespaces/lab/clients/nobody" }
            }
            await expectRefusal(.invalidArgument, "lease.client: ", "\"other\"") {
                try await controller.updateLease("mine", as: alice) { $0.client = "namespaces/other/clients/bob" }
            }
            let handed = try await controller.updateLease("mine", as: alice) { $0.client = bob.resourceName }
            #expect(handed.client == bob.resourceName)
            await expectRefusal(.permissionDenied, "permission denied") { try await controller.dial("mine", as: alice) }
            await expectRefusal(.permissionDenied, "permission denied") {
                try await controller.deleteLease("mine", as: alice)
            }
            try await controller.deleteLease("mine", as: bob)
        }
    }
}

/// Bytes as they are, to send what no generated code would.
struct RawBytes: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
        bytes.withUnsafeBytes { Array($0) }
    }
}
