import Authentication
import Foundation
import Testing

@Suite("The caller of a request")
struct CallerTests {
    private func user(_ name: String, _ origin: AuthenticatedUser.Origin) -> AuthenticatedUser {
        AuthenticatedUser(name: name, origin: origin, expiresAt: TokenFixture.moment)
    }

    private let bob = ClaimedObject(kind: .client, namespace: "lab", name: "bob")

    @Test("of an external issuer has the name that follows from the user name")
    func externalName() throws {
        _ = try Caller(user: user("dex:Bob", .external), claiming: bob)
        let error = #expect(throws: RequestMetadataError.unexpectedName(found: "bob", expected: "alice")) {
            try Caller(user: user("dex:alice", .external), claiming: bob)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.description.contains("\"alice\"") == true)
        #expect(throws: RequestMetadataError.noDerivedName(userName: "dex:-")) {
            try Caller(user: user("dex:-", .external), claiming: bob)
        }
    }

    @Test("with an internal token or a service account names its object itself")
    func freeName() throws {
        _ = try Caller(user: user("internal:client:lab:alice:1", .internalToken), claiming: bob)
        _ = try Caller(user: user("k8s:system:serviceaccount:ci:runner", .serviceAccount), claiming: bob)
    }

    @Test("is found from the metadata, the token being judged before the rest")
    func wholeRequest() async throws {
        let fixture = try TokenFixture()
        let tokens = try TokenAuthenticator(verifiers: [fixture.verifier], now: { TokenFixture.moment })
        let authenticator = RequestAuthenticator(tokens: tokens)
        var metadata = [
            "authorization": ["Bearer \(try fixture.token())"], "jumpstarter-namespace": ["lab"],
            "jumpstarter-kind": ["Client"], "jumpstarter-name": ["alice"],
        ]
        let caller = try await authenticator.caller(from: { metadata[$0] ?? [] })
        #expect(caller.object == ClaimedObject(kind: .client, namespace: "lab", name: "alice"))
        #expect(caller.user.name == "internal:client:lab:alice:1234-5678")

        metadata["jumpstarter-name"] = nil
        await #expect(throws: RequestIdentityError.metadata(.missing(key: "jumpstarter-name"))) {
            try await authenticator.caller(from: { metadata[$0] ?? [] })
        }
        metadata["authorization"] = ["Bearer x"]
        let error = await #expect(throws: RequestIdentityError.self) {
            try await authenticator.caller(from: { metadata[$0] ?? [] })
        }
        #expect(error?.code == .unauthenticated)
    }
}
