import Authentication
import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import Testing

@Suite("Users of external issuers", .timeLimit(.minutes(3)))
struct ExternalUserTests {
    private func options(provisions: Bool) -> ControllerOptions {
        var options = ControllerOptions()
        options.externalVerifiers = [TrustingVerifier()]
        options.provisions = provisions
        return options
    }

    private func caller(_ user: String, named name: String) -> TestCaller {
        TestCaller(token: TrustingVerifier.token(for: user), kind: "Client", namespace: "lab", name: name)
    }

    @Test("with provisioning the first call creates the client, with its user name")
    func provisions() async throws {
        try await withController(options(provisions: true)) { controller in
            let alice = caller("Alice.Smith@example.com", named: "alice-smith-example-com")
            #expect(try await controller.leaseNames(as: alice) == [])
            let client = try await controller.store.get(Client.self, alice.key)
            #expect(client.spec.username == "dex:Alice.Smith@example.com")
            _ = try await controller.addExporter()
            _ = try await controller.createLease("mine", for: alice)
            #expect(try await controller.leaseNames(as: alice) == ["mine"])
        }
    }

    @Test("many first calls at once create one client")
    func provisionsOnce() async throws {
        try await withController(options(provisions: true)) { controller in
            let alice = caller("alice", named: "alice")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { _ = try await controller.leaseNames(as: alice) } }
                try await group.waitForAll()
            }
            let found = try await controller.store.list(.clients, namespace: nil, options: .init()).items
            #expect(found.count == 1)
        }
    }

    @Test("without provisioning a client that does not exist is PERMISSION_DENIED and not created")
    func doesNotProvision() async throws {
        try await withController(options(provisions: false)) { controller in
            let alice = caller("alice", named: "alice")
            await expectRefusal(.permissionDenied, "kind Client", "\"alice\"") {
                try await controller.leaseNames(as: alice)
            }
            let found = try await controller.store.list(.clients, namespace: nil, options: .init()).items
            #expect(found.isEmpty)
        }
    }

    @Test("a name that is not the user's is INVALID_ARGUMENT and says which was expected")
    func otherName() async throws {
        try await withController(options(provisions: true)) { controller in
            await expectRefusal(.invalidArgument, "jumpstarter-name", "\"alice\"") {
                try await controller.leaseNames(as: caller("alice", named: "bob"))
            }
        }
    }

    @Test("somebody else's client of the derived name is PERMISSION_DENIED")
    func taken() async throws {
        try await withController(options(provisions: true)) { controller in
            let metadata = ObjectMeta(name: "alice", namespace: "lab")
            _ = try await controller.store.create(Client(metadata: metadata, spec: .init(username: "dex:ALICE")))
            await expectRefusal(.permissionDenied, "\"alice\"") {
                try await controller.leaseNames(as: caller("alice", named: "alice"))
            }
            #expect(try await controller.leaseNames(as: caller("ALICE", named: "alice")) == [])
        }
    }

    @Test("an exporter is never created")
    func exporters() async throws {
        try await withController(options(provisions: true)) { controller in
            var board = caller("board", named: "board")
            board.kind = "Exporter"
            await expectRefusal(.permissionDenied, "kind Exporter", "\"board\"") {
                try await controller.report(.available, by: board)
            }
            let found = try await controller.store.list(.exporters, namespace: nil, options: .init()).items
            #expect(found.isEmpty)
        }
    }
}

/// Stands in for an issuer elsewhere: believes every token that names it.
private struct TrustingVerifier: TokenVerifier {
    let issuer = "https://dex.example"

    func verify(_ token: UnverifiedToken, now: Date) async throws(AuthenticationError) -> AuthenticatedUser {
        guard let subject = token.claims.subject else { throw .missingClaim("sub") }
        return AuthenticatedUser(name: "dex:\(subject)", origin: .external, expiresAt: now.addingTimeInterval(3600))
    }

    static func token(for user: String) -> String {
        let parts = [
            #"{"alg":"ES256","typ":"JWT","kid":"1"}"#, #"{"iss":"https://dex.example","sub":"\#(user)"}"#, "signed",
        ]
        return parts.map { Data($0.utf8).base64EncodedString().filter { $0 != "=" } }
            .map { String($0.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }) }
            .joined(separator: ".")
    }
}
