import Authentication
import Testing

@Suite("Authorization")
struct AuthorizerTests {
    private let alice = ClaimedObject(kind: .client, namespace: "lab", name: "alice")
    private let stored = AuthorizationSubject(uid: "u1")

    private func caller(
        _ userName: String,
        _ origin: AuthenticatedUser.Origin = .internalToken,
        as object: ClaimedObject? = nil
    ) throws -> Caller {
        let user = AuthenticatedUser(name: userName, origin: origin, expiresAt: TokenFixture.moment)
        return try Caller(user: user, claiming: object ?? alice)
    }

    @Test("allows the holder of an object's own token")
    func ownToken() throws {
        #expect(try Authorizer().authorize(caller("internal:client:lab:alice:u1"), as: stored) == .allowed)
    }

    @Test(
        "denies any other token",
        arguments: [
            "internal:client:lab:alice:u2", "internal:client:lab:bob:u1", "internal:client:other:alice:u1",
            "internal:exporter:lab:alice:u1", "other:client:lab:alice:u1", "client:lab:alice:u1", "",
        ]
    )
    func otherToken(userName: String) throws {
        let caller = try caller(userName)
        let error = #expect(throws: AuthorizationError.notPermitted(alice, userName: userName)) {
            try Authorizer().authorize(caller, as: stored)
        }
        #expect(error?.code == .permissionDenied)
        for part in ["Client", "lab", "alice"] { #expect(error?.description.contains(part) == true) }
    }

    @Test("honours the configured prefix")
    func prefix() throws {
        let authorizer = Authorizer(internalPrefix: "own:")
        #expect(try authorizer.authorize(caller("own:client:lab:alice:u1"), as: stored) == .allowed)
        #expect(throws: AuthorizationError.self) {
            try authorizer.authorize(caller("internal:client:lab:alice:u1"), as: stored)
        }
    }

    @Test("allows the user named in the object, and nobody when none is named")
    func userName() throws {
        let subject = AuthorizationSubject(uid: "u1", userName: "dex:alice")
        #expect(try Authorizer().authorize(caller("dex:alice", .external), as: subject) == .allowed)
        #expect(try Authorizer().authorize(caller("internal:client:lab:alice:u1"), as: subject) == .allowed)
        #expect(throws: AuthorizationError.self) {
            try Authorizer().authorize(caller("gitlab:alice", .external), as: subject)
        }
        #expect(throws: AuthorizationError.self) {
            try Authorizer().authorize(caller(""), as: AuthorizationSubject(uid: "u1", userName: ""))
        }
    }

    @Test("is not deceived by an external user whose name looks internal")
    func imitation() throws {
        let object = ClaimedObject(kind: .client, namespace: "lab", name: "client-lab-alice-u1")
        let subject = AuthorizationSubject(uid: "u1")
        let userName = "internal:client:lab:client-lab-alice-u1:u1"
        let user = AuthenticatedUser(name: userName, origin: .serviceAccount, expiresAt: TokenFixture.moment)
        let caller = try Caller(user: user, claiming: object)
        #expect(throws: AuthorizationError.self) { try Authorizer().authorize(caller, as: subject) }
    }

    @Test("keeps the tokens of an object restored on another cluster")
    func migration() throws {
        let annotations = ["jumpstarter.dev/migrated-namespace": "old", "jumpstarter.dev/migrated-uid": "u0"]
        let subject = AuthorizationSubject(uid: "u1", annotations: annotations)
        #expect(try Authorizer().authorize(caller("internal:client:old:alice:u0"), as: subject) == .allowed)
        #expect(throws: AuthorizationError.self) {
            try Authorizer().authorize(caller("internal:client:lab:alice:u1"), as: subject)
        }
        let empty = annotations.mapValues { _ in "" }
        let unmoved = AuthorizationSubject(uid: "u1", annotations: empty)
        #expect(try Authorizer().authorize(caller("internal:client:lab:alice:u1"), as: unmoved) == .allowed)
    }

    @Test("does not tell a missing object from somebody else's")
    func missingObject() throws {
        let caller = try caller("internal:client:lab:alice:u9")
        let missing = #expect(throws: AuthorizationError.self) { try Authorizer().authorize(caller, as: nil) }
        let foreign = #expect(throws: AuthorizationError.self) { try Authorizer().authorize(caller, as: stored) }
        #expect(missing == foreign)
    }

    @Test("provisions missing clients of external users when that is enabled")
    func provisioning() throws {
        let enabled = Authorizer(provisioningEnabled: true)
        #expect(try enabled.authorize(caller("dex:alice", .external), as: nil) == .provision(userName: "dex:alice"))
        #expect(throws: AuthorizationError.self) {
            try Authorizer().authorize(caller("dex:alice", .external), as: nil)
        }
        let exporter = ClaimedObject(kind: .exporter, namespace: "lab", name: "alice")
        #expect(throws: AuthorizationError.self) {
            try enabled.authorize(caller("dex:alice", .external, as: exporter), as: nil)
        }
    }

    @Test("does not bring a deleted client back for its old token")
    func deletedClient() throws {
        #expect(throws: AuthorizationError.self) {
            try Authorizer(provisioningEnabled: true).authorize(caller("internal:client:lab:alice:u1"), as: nil)
        }
    }

    @Test("refuses callers of the wrong kind and requests about another namespace")
    func rules() throws {
        try alice.require(.client)
        try alice.requireNamespace("lab")
        #expect(throws: AuthorizationError.wrongKind(alice, required: .exporter)) { try alice.require(.exporter) }
        let error = #expect(throws: AuthorizationError.self) { try alice.requireNamespace("other") }
        #expect(error?.description.hasPrefix("namespace mismatch") == true)
        #expect(error?.code == .permissionDenied)
    }
}
