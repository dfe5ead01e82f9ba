package import Foundation

/// Turns bearer tokens into users, by asking the verifier that answers for the token's issuer.
///
/// The `iss` that selects the verifier is unverified at that point; the verifier's own checks make it true.
package struct TokenAuthenticator: Sendable {
    private let verifiers: [String: any TokenVerifier]
    private let cache: VerifiedTokenCache
    private let now: @Sendable () -> Date

    /// Creates an authenticator.
    ///
    /// - Parameters:
    ///   - verifiers: one for each issuer, the internal one included.
    ///   - cache: where results are remembered; share one among all users of the same verifiers.
    ///   - now: the wall clock.
    /// - Throws: `TokenAuthenticatorError.duplicateIssuer` when two verifiers answer for one issuer.
    package init(
        verifiers: [any TokenVerifier],
        cache: VerifiedTokenCache = VerifiedTokenCache(),
        now: @escaping @Sendable () -> Date
    ) throws(TokenAuthenticatorError) {
        var byIssuer: [String: any TokenVerifier] = [:]
        for verifier in verifiers {
            guard byIssuer.updateValue(verifier, forKey: verifier.issuer) == nil else {
                throw .duplicateIssuer(verifier.issuer)
            }
        }
        self.verifiers = byIssuer
        self.cache = cache
        self.now = now
    }

    /// Verifies a token. Refusals are not remembered, so a token refused for a passing reason works again later.
    package func authenticate(_ token: BearerToken) async throws(AuthenticationError) -> AuthenticatedUser {
        if let user = cache.user(for: token.text, now: now()) { return user }
        let unverified = try UnverifiedToken(compact: token.text)
        guard let verifier = verifiers[unverified.claims.issuer] else {
            throw .unknownIssuer(unverified.claims.issuer)
        }
        let user = try await verifier.verify(unverified, now: now())
        cache.insert(user, for: token.text, now: now())
        return user
    }
}

/// A set of verifiers that cannot work together.
package enum TokenAuthenticatorError: Error, Equatable, CustomStringConvertible {
    /// Two verifiers for one issuer.
    case duplicateIssuer(String)

    /// What to do about it.
    package var description: String {
        switch self {
        case .duplicateIssuer(let issuer): "issuer \(issuer) is configured twice: keep one entry for it"
        }
    }
}
