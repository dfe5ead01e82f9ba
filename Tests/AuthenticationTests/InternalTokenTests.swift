import Authentication
import Crypto
import Foundation
import JWTKit
import Testing

@Suite("Internal tokens")
struct InternalTokenTests {
    private struct Claims: JWTPayload {
        let iss, sub, jti: String
        let aud: [String]
        let iat, nbf, exp: Int

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    @Test("are accepted and give the prefixed subject as user name")
    func roundTrip() throws {
        let fixture = try TokenFixture()
        let user = try fixture.verify(fixture.token())
        #expect(user.name == "internal:client:lab:alice:1234-5678")
        #expect(user.origin == .internalToken)
        #expect(user.expiresAt == TokenFixture.moment.addingTimeInterval(365 * 86_400))
    }

    @Test("verify with another implementation and the published key, and hold the documented claims")
    func independentVerification() async throws {
        let fixture = try TokenFixture()
        let keys = JWTKeyCollection()
        let publicKey = try ES256PublicKey(backing: fixture.key.publicKey)
        await keys.add(ecdsa: publicKey, kid: JWKIdentifier(string: fixture.key.keyID))
        let claims = try await keys.verify(fixture.token(), as: Claims.self)
        let now = Int(TokenFixture.moment.timeIntervalSince1970)
        #expect(claims.iss == "https://localhost:8085")
        #expect(claims.aud == ["jumpstarter"])
        #expect(claims.sub == "client:lab:alice:1234-5678")
        #expect(claims.jti == "token-id")
        #expect(claims.iat == now)
        #expect(claims.nbf == now)
        #expect(claims.exp == now + 365 * 86_400)
    }

    @Test("live as long as configured, counted in whole seconds")
    func lifetime() throws {
        let fixture = try TokenFixture()
        let issuer = InternalTokenIssuer(key: fixture.key, lifetime: .milliseconds(90_500))
        let signed = try issuer.sign(subject: fixture.subject, now: TokenFixture.moment.addingTimeInterval(0.9))
        #expect(signed.expiresAt == TokenFixture.moment.addingTimeInterval(90))
        #expect(try fixture.verify(signed.token).expiresAt == signed.expiresAt)
    }

    @Test("end exactly at their expiry, without leeway")
    func expiry() throws {
        let fixture = try TokenFixture()
        let signed = try fixture.issuer.sign(subject: fixture.subject, now: TokenFixture.moment)
        _ = try fixture.verify(signed.token, now: signed.expiresAt.addingTimeInterval(-1))
        #expect(throws: AuthenticationError.expired(at: signed.expiresAt)) {
            try fixture.verify(signed.token, now: signed.expiresAt)
        }
    }

    @Test("may be used by a server whose clock is up to a minute behind")
    func clockSkew() throws {
        let fixture = try TokenFixture()
        let token = try fixture.token(now: TokenFixture.moment.addingTimeInterval(60))
        _ = try fixture.verify(token)
        #expect(throws: AuthenticationError.notYetValid(from: TokenFixture.moment.addingTimeInterval(61))) {
            try fixture.verify(fixture.token(now: TokenFixture.moment.addingTimeInterval(61)))
        }
    }

    @Test("are refused when made in the future though not bound to it")
    func issuedInFuture() throws {
        let fixture = try TokenFixture()
        let future = TokenFixture.moment.addingTimeInterval(3_000)
        let claims = fixture.claims.merging(["iat": 1_800_003_000]) { _, new in new }
        let token = try fixture.forge(claims: claims, signature: fixture.signProperly)
        #expect(throws: AuthenticationError.issuedInFuture(at: future)) { try fixture.verify(token) }
    }
}
