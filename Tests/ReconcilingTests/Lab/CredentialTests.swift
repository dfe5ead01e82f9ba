import Foundation
import ObjectStore
import Reconciling
import Resources
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct CredentialTests {
    private static let day: TimeInterval = 86_400

    private func token(_ secret: Secret) -> String {
        secret.data["token"].map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    @Test("A client and an exporter get a Secret that they own, its name and the endpoint in their status")
    func created() async throws {
        try await withLab { bench in
            let client = try await bench.addClient()
            try await bench.addExporter("e1")
            let known = try await bench.wait(for: Client.self, "alice") { $0.status.credential != nil }
            #expect(known.status.credential?.name == "alice-client")
            #expect(known.status.endpoint == "controller.test:8082")
            #expect(known.status.tokenExpiresAt == Timestamp(ManualTime.start.addingTimeInterval(365 * Self.day)))
            let secret = try await bench.base.get(Secret.self, key("alice-client"))
            #expect(token(secret).contains("client:lab:alice:\(client.metadata.uid ?? "?")"))
            #expect(secret.metadata.ownerReferences.first?.uid == client.metadata.uid)
            #expect(secret.type == "Opaque")
            let exporter = try await bench.wait(for: Exporter.self, "e1") { $0.status.credential != nil }
            #expect(exporter.status.credential?.name == "e1-exporter")
            #expect(exporter.status.endpoint == "controller.test:8082")
            _ = try await bench.event("CredentialCreated", about: "alice")
        }
    }

    @Test("A deleted Secret comes back with a new token")
    func rotated() async throws {
        try await withLab { bench in
            try await bench.addClient()
            try await bench.wait(for: Client.self, "alice") { $0.status.credential != nil }
            let first = try await bench.base.get(Secret.self, key("alice-client"))
            _ = try await bench.base.delete(.secrets, key("alice-client"), options: DeleteOptions())
            let second = try await bench.wait(for: Secret.self, "alice-client") { _ in true }
            #expect(token(second) != token(first))
        }
    }

    @Test("A token that does not verify is replaced")
    func replaced() async throws {
        try await withLab { bench in
            try await bench.addExporter("e1")
            try await bench.wait(for: Exporter.self, "e1") { $0.status.credential != nil }
            var secret = try await bench.base.get(Secret.self, key("e1-exporter"))
            secret.data["token"] = Data("forged".utf8)
            _ = try await bench.base.update(secret)
            try await bench.wait(for: Secret.self, "e1-exporter") { token($0).contains("exporter:lab:e1") }
        }
    }

    @Test("RotateToken answers the token that the Secret then holds")
    func rotateCall() async throws {
        try await withLab { bench in
            try await bench.addClient()
            let first = try await bench.wait(for: Client.self, "alice") { $0.status.tokenExpiresAt != nil }
            bench.time.advance(by: 100)
            let (text, expiresAt) = try await bench.lab.rotateToken(ofClient: key("alice"))
            #expect(token(try await bench.base.get(Secret.self, key("alice-client"))) == text)
            let client = try await bench.base.get(Client.self, key("alice"))
            #expect(client.status.tokenExpiresAt == Timestamp(expiresAt))
            #expect(client.status.tokenExpiresAt != first.status.tokenExpiresAt)
        }
    }

    @Test("The condition TokenExpiring follows the time, and the token is replaced when it has expired")
    func expiring() async throws {
        try await withLab(tokenValidity: 40 * Self.day) { bench in
            func reason(_ client: Client) -> String? { client.status.conditions[type: "TokenExpiring"]?.reason }
            try await bench.addClient()
            let valid = try await bench.wait(for: Client.self, "alice") { $0.status.tokenExpiresAt != nil }
            #expect(reason(valid) == "Valid")
            #expect(valid.status.conditions[type: "TokenExpiring"]?.status == .isFalse)
            bench.time.advance(by: 10 * Self.day)
            let month = try await bench.wait(for: Client.self, "alice") { reason($0) == "ExpiresWithin30Days" }
            #expect(month.status.conditions.isTrue("TokenExpiring"))
            _ = try await bench.event("TokenExpiringSoon", about: "alice")
            bench.time.advance(by: 23 * Self.day)
            try await bench.wait(for: Client.self, "alice") { reason($0) == "ExpiresWithin7Days" }
            let issued = bench.authority.issuedCount
            bench.time.advance(by: 7 * Self.day)
            let renewed = try await bench.wait(for: Client.self, "alice") { reason($0) == "Valid" }
            #expect(bench.authority.issuedCount == issued + 1)
            #expect(renewed.status.tokenExpiresAt == Timestamp(bench.time.now().addingTimeInterval(40 * Self.day)))
        }
    }
}
