import Authentication
import Crypto
import Foundation

/// Tokens of the internal issuer, genuine and forged, around one fixed moment.
struct TokenFixture {
    static let moment = Date(timeIntervalSince1970: 1_800_000_000)

    let key: SigningKey
    let issuer: InternalTokenIssuer
    let verifier: InternalTokenVerifier
    let subject = InternalSubject(kind: .client, namespace: "lab", name: "alice", uid: "1234-5678")

    init() throws {
        key = try SigningKey(controllerKey: "fixture-controller-key")
        issuer = InternalTokenIssuer(key: key, makeTokenID: { "token-id" })
        verifier = InternalTokenVerifier(of: issuer)
    }

    func token(now: Date = Self.moment) throws -> String {
        try issuer.sign(subject: subject, now: now).token
    }

    /// Claims that would be accepted; each test spoils some.
    var claims: [String: Any] {
        let now = Int(Self.moment.timeIntervalSince1970)
        return [
            "iss": "https://localhost:8085", "aud": ["jumpstarter"], "sub": subject.description,
            "iat": now, "nbf": now, "exp": now + 3600, "jti": "token-id",
        ]
    }

    /// A token with any header and claims, signed by `signature`, which gets the bytes to sign.
    func forge(
        header: [String: Any]? = nil,
        claims: [String: Any]? = nil,
        signature: (Data) throws -> Data
    ) throws -> String {
        let header = header ?? ["alg": "ES256", "kid": key.keyID, "typ": "JWT"]
        let parts = try [header, claims ?? self.claims].map { object in
            Self.base64URL(try JSONSerialization.data(withJSONObject: object))
        }
        let input = parts.joined(separator: ".")
        return "\(input).\(Self.base64URL(try signature(Data(input.utf8))))"
    }

    /// A private key of our own derived alike, for properly signed tokens with wrong content.
    func signProperly(_ input: Data) throws -> Data {
        try Self.privateKey().signature(for: input).rawRepresentation
    }

    /// The fixture's key, derived here a second time from the documented rule.
    static func privateKey() throws -> P256.Signing.PrivateKey {
        let scalar = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Data("fixture-controller-key".utf8)),
            salt: Data("jumpstarter.dev/controller-key/v1".utf8),
            info: Data("internal-token/ES256/0".utf8),
            outputByteCount: 32
        )
        return try P256.Signing.PrivateKey(rawRepresentation: scalar.withUnsafeBytes { Data($0) })
    }

    static func base64URL(_ data: Data) -> String {
        String(
            data.base64EncodedString().compactMap { character -> Character? in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            }
        )
    }

    func verify(_ token: String, now: Date = Self.moment) throws -> AuthenticatedUser {
        try verifier.verifyNow(UnverifiedToken(compact: token), now: now)
    }
}
