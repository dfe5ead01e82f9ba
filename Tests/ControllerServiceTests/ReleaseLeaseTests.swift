import ControllerService
import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import TestSupport
import Testing

@Suite("Giving a lease back", .timeLimit(.minutes(3)))
struct ReleaseLeaseTests {
    @Test("ReleaseLease by the exporter that holds the lease ends it, again and again")
    func release() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter()
            let other = try await controller.addAvailableExporter("other", labels: ["board": "x86"])
            _ = try await controller.createLease("mine", for: alice)
            for name in ["mine", "none", "", "Not A Name", String(repeating: "n", count: 1000)] {
                await expectRefusal(.failedPrecondition, "is not held by exporter other") {
                    try await controller.releaseLease(name, as: other)
                }
            }
            #expect(try await controller.lease("mine", as: alice).conditions.last?.status == "True")
            try await controller.releaseLease("mine", as: board)
            try await controller.releaseLease("mine", as: board)
            let lease = try await controller.lease("mine", as: alice)
            #expect(lease.conditions.last?.reason == "Released")
        }
    }

    @Test("ReleaseLease by its client is idempotent, by another PERMISSION_DENIED, of none NOT_FOUND")
    func releaseByClient() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            try await controller.releaseLease("mine", as: alice)
            let ended = try await controller.lease("mine", as: alice)
            controller.time.advance(by: 50)
            try await controller.releaseLease("mine", as: alice)
            #expect(try await controller.lease("mine", as: alice) == ended)
            await expectRefusal(.notFound, "\"none\"") { try await controller.releaseLease("none", as: alice) }
            await expectRefusal(.invalidArgument, "name: ", "required") {
                try await controller.releaseLease("", as: alice)
            }
            await expectRefusal(.invalidArgument, "name: ") { try await controller.releaseLease("A/b", as: alice) }
        }
    }

    @Test("ReportStatus with release_lease ends the lease that it holds")
    func releaseByStatus() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            try await controller.report(.available, releaseLease: true, by: board)
            #expect(try await controller.lease("mine", as: alice).conditions.last?.reason == "Released")
            #expect(try await controller.stored(board).status.leaseRef == nil)
        }
    }
}
