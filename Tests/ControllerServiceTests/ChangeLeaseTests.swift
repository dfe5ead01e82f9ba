import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import TestSupport
import Testing

@Suite("UpdateLease and DeleteLease", .timeLimit(.minutes(3)))
struct ChangeLeaseTests {
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
            controller.time.advance(by: 100)
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
