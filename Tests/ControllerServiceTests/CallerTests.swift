import Authentication
import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import TestSupport
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
            controller.time.advance(by: 366 * 86_400)
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
            let other = try await controller.store.create(Client(metadata: ObjectMeta(name: "bob", namespace: "lab")))
            try await controller.waitForCredential(of: other)
            await expectRefusal(.permissionDenied, "kind Client", "\"bob\"") {
                try await controller.controller.listLeases(.init(), metadata: bob.metadata)
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
