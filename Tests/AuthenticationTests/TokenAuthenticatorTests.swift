import Authentication
import Foundation
import Synchronization
import Testing

@Suite("The token authenticator")
struct TokenAuthenticatorTests {
    /// A verifier that counts how often it is asked.
    private final class CountingVerifier: TokenVerifier {
        let issuer: String
        private let result: @Sendable (Date) throws(AuthenticationError) -> AuthenticatedUser
        private let counter = Mutex(0)

        init(issuer: String, result: @escaping @Sendable (Date) throws(AuthenticationError) -> AuthenticatedUser) {
            self.issuer = issuer
            self.result = result
        }

        var calls: Int { counter.withLock { $0 } }

        func verify(_ token: UnverifiedToken, now: Date) async throws(AuthenticationError) -> AuthenticatedUser {
            counter.withLock { $0 += 1 }
            return try result(now)
        }
    }

    private final class Clock: Sendable {
        private let date = Mutex(TokenFixture.moment)
        var now: Date { date.withLock { $0 } }
        func advance(by seconds: TimeInterval) { date.withLock { $0 += seconds } }
    }

    private func external(validFor seconds: TimeInterval) -> CountingVerifier {
        CountingVerifier(issuer: "https://dex.example.com") { now in
            AuthenticatedUser(name: "dex:alice", origin: .external, expiresAt: now.addingTimeInterval(seconds))
        }
    }

    private func externalToken(_ fixture: TokenFixture) throws -> BearerToken {
        let claims = fixture.claims.merging(["iss": "https://dex.example.com"]) { _, new in new }
        return BearerToken(try fixture.forge(claims: claims) { _ in Data("signature".utf8) })
    }

    @Test("asks the verifier of the token's issuer")
    func dispatch() async throws {
        let fixture = try TokenFixture()
        let dex = external(validFor: 60)
        let authenticator = try TokenAuthenticator(verifiers: [fixture.verifier, dex], now: { TokenFixture.moment })
        #expect(try await authenticator.authenticate(externalToken(fixture)).name == "dex:alice")
        let own = try await authenticator.authenticate(BearerToken(fixture.token()))
        #expect(own.name == "internal:client:lab:alice:1234-5678")
        #expect(dex.calls == 1)
    }

    @Test("refuses issuers that nobody answers for")
    func unknownIssuer() async throws {
        let fixture = try TokenFixture()
        let authenticator = try TokenAuthenticator(verifiers: [fixture.verifier], now: { TokenFixture.moment })
        let token = try externalToken(fixture)
        await #expect(throws: AuthenticationError.unknownIssuer("https://dex.example.com")) {
            try await authenticator.authenticate(token)
        }
    }

    @Test("refuses two verifiers for one issuer")
    func duplicateIssuer() throws {
        let fixture = try TokenFixture()
        #expect(throws: TokenAuthenticatorError.duplicateIssuer("https://localhost:8085")) {
            try TokenAuthenticator(verifiers: [fixture.verifier, fixture.verifier], now: { TokenFixture.moment })
        }
    }

    @Test("verifies a token once and then remembers it until it expires")
    func caching() async throws {
        let fixture = try TokenFixture()
        let clock = Clock()
        let dex = external(validFor: 60)
        let authenticator = try TokenAuthenticator(verifiers: [dex], now: { clock.now })
        let token = try externalToken(fixture)
        for _ in 0..<5 { _ = try await authenticator.authenticate(token) }
        #expect(dex.calls == 1)
        clock.advance(by: 59)
        _ = try await authenticator.authenticate(token)
        #expect(dex.calls == 1)
        clock.advance(by: 1)
        _ = try await authenticator.authenticate(token)
        #expect(dex.calls == 2)
    }

    @Test("verifies again after five minutes, so that a withdrawn key stops counting")
    func maximumAge() async throws {
        let fixture = try TokenFixture()
        let clock = Clock()
        let dex = external(validFor: 86_400)
        let authenticator = try TokenAuthenticator(verifiers: [dex], now: { clock.now })
        let token = try externalToken(fixture)
        _ = try await authenticator.authenticate(token)
        clock.advance(by: VerifiedTokenCache.maximumAge)
        _ = try await authenticator.authenticate(token)
        #expect(dex.calls == 2)
    }

    @Test("refuses an internal token once it has expired, remembered or not")
    func expiredInCache() async throws {
        let fixture = try TokenFixture()
        let clock = Clock()
        let issuer = InternalTokenIssuer(key: fixture.key, lifetime: .seconds(60))
        let signed = try issuer.sign(subject: fixture.subject, now: clock.now)
        let authenticator = try TokenAuthenticator(verifiers: [fixture.verifier], now: { clock.now })
        _ = try await authenticator.authenticate(BearerToken(signed.token))
        clock.advance(by: 60)
        await #expect(throws: AuthenticationError.expired(at: signed.expiresAt)) {
            try await authenticator.authenticate(BearerToken(signed.token))
        }
    }

    @Test("does not remember refusals")
    func refusalsAreNotCached() async throws {
        let fixture = try TokenFixture()
        let down = CountingVerifier(issuer: "https://dex.example.com") { _ throws(AuthenticationError) in
            throw .issuerUnavailable(issuer: "https://dex.example.com", reason: "connection refused")
        }
        let authenticator = try TokenAuthenticator(verifiers: [down], now: { TokenFixture.moment })
        let token = try externalToken(fixture)
        for _ in 0..<2 {
            await #expect(throws: AuthenticationError.self) { try await authenticator.authenticate(token) }
        }
        #expect(down.calls == 2)
    }
}

@Suite("The cache of verified tokens")
struct VerifiedTokenCacheTests {
    private let user = AuthenticatedUser(
        name: "user",
        origin: .external,
        expiresAt: TokenFixture.moment.addingTimeInterval(3_600)
    )

    @Test("never holds more than its capacity, and keeps what is in use")
    func bound() {
        let cache = VerifiedTokenCache(capacity: 100)
        for index in 0..<1_000 {
            cache.insert(user, for: "token-\(index)", now: TokenFixture.moment)
            #expect(cache.user(for: "token-0", now: TokenFixture.moment) == user)
            #expect(cache.count <= 100)
        }
        #expect(cache.user(for: "token-999", now: TokenFixture.moment) == user)
        #expect(cache.user(for: "token-500", now: TokenFixture.moment) == nil)
    }
}
