import Crypto
package import Foundation

/// Signs the tokens this service gives to clients and exporters.
///
/// A token is a JWT with header `alg` ES256 and the key's id, and the claims `iss`, `aud`, `sub`, `iat`, `nbf`, `exp`
/// (whole seconds) and `jti`.
package struct InternalTokenIssuer: Sendable {
    /// The issuer of every internal token. It is a name, not an address anybody connects to.
    package static let defaultIssuer = "https://localhost:8085"
    /// The audience of every internal token.
    package static let defaultAudience = "jumpstarter"
    /// 365 days.
    package static let defaultLifetime: Duration = .seconds(365 * 24 * 60 * 60)

    /// The issuer written into tokens.
    package let issuer: String
    /// The audience written into tokens.
    package let audience: String
    /// How long a token is valid; parts of a second are dropped.
    package let lifetime: Duration
    /// The signing key.
    package let key: SigningKey
    private let makeTokenID: @Sendable () -> String

    /// A token and the end of its validity.
    package struct SignedToken: Hashable, Sendable {
        /// The compact JWT. A secret: never log it.
        package let token: String
        /// The moment from which it is refused.
        package let expiresAt: Date
    }

    /// Creates an issuer; `makeTokenID` gives the `jti` of each token.
    package init(
        key: SigningKey,
        issuer: String = Self.defaultIssuer,
        audience: String = Self.defaultAudience,
        lifetime: Duration = Self.defaultLifetime,
        makeTokenID: @escaping @Sendable () -> String = { UUID().uuidString.lowercased() }
    ) {
        self.key = key
        self.issuer = issuer
        self.audience = audience
        self.lifetime = lifetime
        self.makeTokenID = makeTokenID
    }

    /// Signs a token for an object, valid from `now`.
    package func sign(subject: InternalSubject, now: Date) throws -> SignedToken {
        let issuedAt = Int64(now.timeIntervalSince1970.rounded(.down))
        let expiresAt = issuedAt + max(1, lifetime.components.seconds)
        let payload = Payload(
            iss: issuer,
            sub: subject.description,
            aud: [audience],
            exp: expiresAt,
            nbf: issuedAt,
            iat: issuedAt,
            jti: makeTokenID()
        )
        return SignedToken(
            token: try compact(payload),
            expiresAt: Date(timeIntervalSince1970: TimeInterval(expiresAt))
        )
    }

    private func compact(_ payload: Payload) throws -> String {
        let header = Header(alg: "ES256", kid: key.keyID, typ: "JWT")
        let encodedHeader = Base64URLText.encode(try JSON.encoder.encode(header))
        let encodedPayload = Base64URLText.encode(try JSON.encoder.encode(payload))
        let signingInput = "\(encodedHeader).\(encodedPayload)"
        let signature = try key.privateKey.signature(for: Data(signingInput.utf8))
        return "\(signingInput).\(Base64URLText.encode(signature.rawRepresentation))"
    }

    private struct Header: Encodable {
        let alg, kid, typ: String
    }

    private struct Payload: Encodable {
        let iss, sub: String
        let aud: [String]
        let exp, nbf, iat: Int64
        let jti: String
    }
}
