package import Crypto
import Foundation

/// The key that signs internal tokens: a P-256 private key derived from the text of `CONTROLLER_KEY`.
///
/// Derivation (fixed for ever, since every issued token depends on it): HKDF-SHA256 with the text's UTF-8 bytes as
/// input key material, salt `jumpstarter.dev/controller-key/v1`, info `internal-token/ES256/` followed by the attempt
/// in decimal, from 0, and 32 bytes of output, taken as the private scalar in big-endian order. If that is no valid
/// scalar (zero, or not below the group order: one chance in 2^32) the next attempt is made. All replicas and all
/// restarts therefore agree on the key, and on its `kid`.
package struct SigningKey: Sendable {
    /// More attempts than can ever be needed: failing eight times has probability 2^-256.
    private static let maximumAttempts = 8

    let privateKey: P256.Signing.PrivateKey

    /// The public half, as published.
    package let publicJWK: JSONWebKey

    /// The id that tokens carry in their header: the key's RFC 7638 thumbprint.
    package var keyID: String { publicJWK.kid }

    /// The document to serve as the JWKS of the internal issuer.
    package var keySet: JSONWebKeySet { JSONWebKeySet(keys: [publicJWK]) }

    /// The public half, for a verifier.
    package var publicKey: P256.Signing.PublicKey { privateKey.publicKey }

    /// Derives the key from the controller's secret.
    ///
    /// - Throws: `SigningKeyError.emptySecret` when the text is empty or only white space.
    package init(controllerKey: String) throws(SigningKeyError) {
        guard controllerKey.contains(where: { !$0.isWhitespace }) else { throw .emptySecret }
        let secret = SymmetricKey(data: Data(controllerKey.utf8))
        for attempt in 0..<Self.maximumAttempts {
            let scalar = Self.candidate(from: secret, attempt: attempt)
            guard let key = try? P256.Signing.PrivateKey(rawRepresentation: scalar) else { continue }
            self.init(privateKey: key)
            return
        }
        throw .noValidScalar
    }

    /// Takes an existing key, such as one read from a file.
    package init(privateKey: P256.Signing.PrivateKey) {
        self.privateKey = privateKey
        publicJWK = JSONWebKey(publicKey: privateKey.publicKey)
    }

    private static func candidate(from secret: SymmetricKey, attempt: Int) -> Data {
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret,
            salt: Data("jumpstarter.dev/controller-key/v1".utf8),
            info: Data("internal-token/ES256/\(attempt)".utf8),
            outputByteCount: 32
        )
        return derived.withUnsafeBytes { Data($0) }
    }
}

extension SigningKey {
    /// A fresh controller secret of 256 random bits in base64url, for an installation that has none yet.
    package static func makeControllerKey(using generator: inout some RandomNumberGenerator) -> String {
        let words = (0..<4).map { _ in generator.next() as UInt64 }
        return Base64URLText.encode(words.withUnsafeBytes { Data($0) })
    }
}

/// Why no signing key could be made.
package enum SigningKeyError: Error, Equatable, CustomStringConvertible {
    /// The secret is empty or only white space.
    case emptySecret
    /// No attempt of the derivation gave a valid private key.
    case noValidScalar

    /// What to do about it.
    package var description: String {
        switch self {
        case .emptySecret: "CONTROLLER_KEY is empty: set it to a secret of at least 32 random characters"
        case .noValidScalar: "CONTROLLER_KEY gives no valid signing key: set it to another secret"
        }
    }
}
