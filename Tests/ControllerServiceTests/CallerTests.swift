import Authentication
import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import Testing

@Suite("Who calls", .timeLimit(.minutes(3)))
struct CallerTests {
    private typealias ListRequest = Jumpstarter_Client_V1_ListExportersRequest

    private static let request = ListRequest.with { $0.parent = "namespaces/lab" }

    @Test("without a token, or with one that is no good, a call is UNAUTHENTICATED")
    func tokens() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.clients.listExporters(Self.request, metadata: alice.metadata)
            for (header, word) in [
                (nil, "authorization is missing"), ("Bearer", "malformed"), ("Basic abc", "malformed"),
                ("Bearer garbage", "malformed"), ("Bearer a.b.c", "malformed"), ("Bearer a b", "malformed"),
            ] as [(String?, String)] {
                var metadata = alice.metadata(without: "authorization")
                if let header { metadata.addString(header, forKey: "authorization") }
                await expectRefusal(.unauthenticated, word) {
                    try await controller.clients.listExporters(Self.request, metadata: metadata)
                }
                await expectRefusal(.unauthenticated, word) {
                    try await controller.controller.listLeases(.init(), metadata: metadata)
                }
            }
            let twice = alice.metadata(adding: "Bearer x", for: "authorization")
            await expectRefusal(.unauthenticated, "2 times") {
                try await controller.clients.listExporters(Self.request, metadata: twice)
            }
        }
    }

    @Test("a token of another key, or past its end, is UNAUTHENTICATED")
    func foreignAndExpired() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let key = try SigningKey(controllerKey: "another key")
            let subject = InternalSubject(kind: .client, namespace: "lab", name: "alice", uid: "1")
            var forged = alice
            forged.token = try InternalTokenIssuer(key: key).sign(subject: subject, now: controller.time.now()).token
            await expectRefusal(.unauthenticated, "key") {
                try await controller.clients.listExporters(Self.request, metadata: forged.metadata)
            }
            controller.time.advance(bySeconds: 366 * 86_400)
            await expectRefusal(.unauthenticated, "expired at") {
                try await controller.clients.listExporters(Self.request, metadata: alice.metadata)
            }
        }
    }

    @Test("metadata that is missing, repeated or not valid is INVALID_ARGUMENT and names the key")
    func metadata() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            for key in ["jumpstarter-namespace", "jumpstarter-kind", "jumpstarter-name"] {
                await expectRefusal(.invalidArgument, "metadata \(key) is missing") {
                    try await controller.clients.listExporters(Self.request, metadata: alice.metadata(without: key))
                }
                await expectRefusal(.invalidArgument, "metadata \(key) is given 2 times") {
                    let metadata = alice.metadata(adding: "x", for: key)
                    return try await controller.clients.listExporters(Self.request, metadata: metadata)
                }
                for wrong in ["Not_Valid!", String(repeating: "x", count: 300)] {
                    var metadata = alice.metadata(without: key)
                    metadata.addString(wrong, forKey: key)
                    await expectRefusal(.invalidArgument, "metadata \(key) is", "accepted:") {
                        try await controller.clients.listExporters(Self.request, metadata: metadata)
                    }
                }
            }
        }
    }

    @Test("an object that does not exist, or of another uid, is PERMISSION_DENIED and named")
    func objects() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            var nobody = alice
            nobody.name = "nobody"
            await expectRefusal(.permissionDenied, "kind Client", "\"lab\"", "\"nobody\"") {
                try await controller.clients.listExporters(Self.request, metadata: nobody.metadata)
            }
            var elsewhere = alice
            elsewhere.namespace = "other"
            await expectRefusal(.permissionDenied, "kind Client", "\"other\"", "\"alice\"") {
                try await controller.clients.listExporters(Self.request, metadata: elsewhere.metadata)
            }
            let bob = try await controller.addClient("bob")
            var pretender = alice
            pretender.name = bob.name
            await expectRefusal(.permissionDenied, "\"bob\"") {
                try await controller.clients.listExporters(Self.request, metadata: pretender.metadata)
            }
            _ = try await controller.store.delete(.clients, bob.key, options: DeleteOptions())
            _ = try await controller.store.create(Client(metadata: ObjectMeta(name: "bob", namespace: "lab")))
            await expectRefusal(.permissionDenied, "kind Client", "\"bob\"") {
                try await controller.controller.listLeases(.init(), metadata: bob.metadata)
            }
        }
    }

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

    @Test("an exporter's token does not open a client of the same name")
    func sameName() async throws {
        try await withController { controller in
            var twin = try await controller.addExporter("twin")
            _ = try await controller.addClient("twin")
            twin.kind = "Client"
            await expectRefusal(.permissionDenied, "kind Client", "\"twin\"") {
                try await controller.controller.listLeases(.init(), metadata: twin.metadata)
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

    @Test("a refusal is logged once, with peer and claimed object, never with the token")
    func logging() async throws {
        let options = ControllerOptions()
        try await withController(options) { controller in
            var alice = try await controller.addClient()
            alice.name = "mallory"
            await expectRefusal(.permissionDenied) {
                try await controller.clients.listExporters(Self.request, metadata: alice.metadata)
            }
            let lines = options.logs.metadata(of: "call refused")
            #expect(lines.count == 1)
            #expect(lines.first?["claimed"] == "Client lab/mallory")
            #expect(lines.first?["peer"]?.contains("127.0.0.1") == true)
            let token = try #require(alice.token)
            #expect(!options.logs.text.contains(token))
        }
    }
}
