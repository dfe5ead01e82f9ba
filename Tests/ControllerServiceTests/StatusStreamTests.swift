import ControllerService
import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import Testing

@Suite("The Status stream", .timeLimit(.minutes(3)))
struct StatusStreamTests {
    @Test("the Status stream tells the present state, then each lease and its end, never the same twice")
    func status() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let bob = try await controller.addClient("bob")
            let board = try await controller.addAvailableExporter()
            try await controller.watchingStatus(of: board) { messages in
                let first = try #require(try await messages.next())
                #expect(!first.leased && !first.hasLeaseName && !first.hasClientName && first.context.isEmpty)
                _ = try await controller.createLease("mine", for: alice) { $0.context = ["run": "7"] }
                let leased = try #require(try await messages.next())
                #expect(leased.leased && leased.leaseName == "mine" && leased.clientName == "alice")
                #expect(leased.context == ["run": "7"])
                try await controller.report(.leaseReady, by: board)
                _ = try await controller.updateLease("mine", as: alice) { $0.client = bob.resourceName }
                let handed = try #require(try await messages.next())
                #expect(handed.leaseName == "mine" && handed.clientName == "bob")
                try await controller.deleteLease("mine", as: bob)
                let last = try #require(try await messages.next())
                #expect(!last.leased && !last.hasLeaseName)
            }
        }
    }

    @Test("two Status streams of one exporter are both told")
    func twoStreams() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter()
            try await controller.watchingStatus(of: board) { one in
                _ = try await one.next()
                try await controller.watchingStatus(of: board) { other in
                    _ = try await other.next()
                    _ = try await controller.createLease("mine", for: alice)
                    #expect(try await other.next()?.leaseName == "mine")
                }
                #expect(try await one.next()?.leaseName == "mine")
            }
        }
    }
}
