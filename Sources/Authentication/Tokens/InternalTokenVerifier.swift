import Crypto
package import Foundation

/// Verifies the tokens of ``InternalTokenIssuer``: ES256 only, with this key's id only.
package struct InternalTokenVerifier: TokenVerifier {
    /// The prefix of the user names of internal tokens unless configured otherwise.
    package static let defaultPrefix = "internal:"

    package let issuer: String
    private let key: SigningKey
    private let audience: String
    private let prefix: String

    /// Creates the counterpart of an issuer.
    ///
    /// - Parameter prefix: what precedes the subject in the user name.
    package init(of issuer: InternalTokenIssuer, prefix: String = Self.defaultPrefix) {
        self.issuer = issuer.issuer
        key = issuer.key
        audience = issuer.audience
        self.prefix = prefix
    }

    package func verify(_ token: UnverifiedToken, now: Date) async throws(AuthenticationError) -> AuthenticatedUser {
        try verifyNow(token, now: now)
    }

    /// The same without suspending: all that is needed is at hand. For reconcilers that check a stored token.
    package func verifyNow(_ token: UnverifiedToken, now: Date) throws(AuthenticationError) -> AuthenticatedUser {
        guard token.claims.issuer == issuer else { throw .unknownIssuer(token.claims.issuer) }
        try checkSignature(of: token)
        let expiresAt = try TokenValidity.check(token.claims, audiences: [audience], now: now)
        guard let subject = token.claims.subject, !subject.isEmpty else { throw .missingClaim("sub") }
        return AuthenticatedUser(name: prefix + subject, origin: .internalToken, expiresAt: expiresAt)
    }

    private func checkSignature(of token: UnverifiedToken) throws(AuthenticationError) {
        guard token.header.alg == "ES256" else {
            throw .algorithmNotAllowed(token.header.alg, accepted: ["ES256"])
        }
        guard token.header.kid == key.keyID else { throw .unknownKey(token.header.kid) }
        guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: token.signature),
            key.publicKey.isValidSignature(signature, for: token.signingInput)
        else { throw .badSignature }
    }
}
