import Authentication
import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import Testing

@Suite("What a caller may ask for", .timeLimit(.minutes(3)))
struct CallScopeTests {
    private typealias ListRequest = Jumpstarter_Client_V1_ListExportersRequest

    private static let request = ListRequest.with { $0.parent = "namespaces/lab" }

    @Test("clients' calls are not for exporters, exporters' not for clients")
    func kinds() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addExporter()
            let asClient = alice.metadata
            let asExporter = board.metadata
            let forClients = "this call is for kind Client"
            await expectRefusal(.permissionDenied, forClients, "kind Exporter", "\"board\"") {
                try await controller.clients.listExporters(Self.request, metadata: asExporter)
            }
            await expectRefusal(.permissionDenied, forClients) { try await controller.dial("x", as: board) }
            await expectRefusal(.permissionDenied, forClients) {
                try await controller.controller.requestLease(.init(), metadata: asExporter)
            }
            await expectRefusal(.permissionDenied, forClients) {
                try await controller.controller.getLease(.init(), metadata: asExporter)
            }
            await expectRefusal(.permissionDenied, forClients) {
                try await controller.controller.listLeases(.init(), metadata: asExporter)
            }
            let forExporters = "this call is for kind Exporter"
            await expectRefusal(.permissionDenied, forExporters, "kind Client", "\"alice\"") {
                try await controller.controller.register(.init(), metadata: asClient)
            }
            await expectRefusal(.permissionDenied, forExporters) {
                try await controller.controller.unregister(.init(), metadata: asClient)
            }
            await expectRefusal(.permissionDenied, forExporters) { try await controller.report(.available, by: alice) }
            await expectRefusal(.permissionDenied, forExporters) {
                try await controller.listening(for: "x", as: alice) { try await $0.next() }
            }
            await expectRefusal(.permissionDenied, forExporters) {
                try await controller.watchingStatus(of: alice) { try await $0.next() }
            }
            await expectRefusal(.permissionDenied, forExporters) {
                try await controller.controller.getServiceEndpoints(.init(), metadata: asClient)
            }
            await expectRefusal(.permissionDenied, forExporters) {
                try await controller.telemetry.pushLogs(.init(), metadata: asClient)
            }
        }
    }

    @Test("a request about another namespace is PERMISSION_DENIED, namespace mismatch")
    func namespaces() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let clients = controller.clients
            let metadata = alice.metadata
            let words = ["namespace mismatch", "\"other\"", "\"lab\""]
            for call in [
                {
                    _ = try await clients.getExporter(
                        .with { $0.name = "namespaces/other/exporters/a" },
                        metadata: metadata
                    )
                },
                { _ = try await clients.listExporters(.with { $0.parent = "namespaces/other" }, metadata: metadata) },
                { _ = try await clients.getLease(.with { $0.name = "namespaces/other/leases/a" }, metadata: metadata) },
                { _ = try await clients.listLeases(.with { $0.parent = "namespaces/other" }, metadata: metadata) },
                { _ = try await clients.createLease(.with { $0.parent = "namespaces/other" }, metadata: metadata) },
                {
                    let name = "namespaces/other/leases/a"
                    _ = try await clients.updateLease(.with { $0.lease.name = name }, metadata: metadata)
                },
                {
                    _ = try await clients.deleteLease(
                        .with { $0.name = "namespaces/other/leases/a" },
                        metadata: metadata
                    )
                },
                { _ = try await clients.rotateToken(.with { $0.parent = "namespaces/other" }, metadata: metadata) },
            ] as [@Sendable () async throws -> Void] {
                await expectRefusal(.permissionDenied, words[0], words[1], words[2]) { try await call() }
            }
        }
    }

    @Test("a malformed resource name is INVALID_ARGUMENT with the field and the segment")
    func resourceNames() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let clients = controller.clients
            let metadata = alice.metadata
            let calls: [@Sendable () async throws -> Void] = [
                { _ = try await clients.getExporter(.with { $0.name = "exporters/a" }, metadata: metadata) },
                { _ = try await clients.listExporters(.init(), metadata: metadata) },
                { _ = try await clients.getLease(.init(), metadata: metadata) },
                { _ = try await clients.listLeases(.init(), metadata: metadata) },
                { _ = try await clients.createLease(.init(), metadata: metadata) },
                { _ = try await clients.updateLease(.init(), metadata: metadata) },
                { _ = try await clients.deleteLease(.init(), metadata: metadata) },
                { _ = try await clients.rotateToken(.init(), metadata: metadata) },
            ]
            let fields = ["name", "parent", "name", "parent", "parent", "lease.name", "name", "parent"]
            for (field, call) in zip(fields, calls) {
                await expectRefusal(.invalidArgument, "\(field): ", "segments", "namespaces/") { try await call() }
            }
            await expectRefusal(.invalidArgument, "name: segment 3", "\"leases\"") {
                try await clients.getLease(.with { $0.name = "namespaces/lab/exporters/a" }, metadata: metadata)
            }
        }
    }
}
