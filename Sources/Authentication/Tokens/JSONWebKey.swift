import Crypto
package import Foundation

/// The public half of a P-256 signing key in the form of RFC 7517.
package struct JSONWebKey: Codable, Hashable, Sendable {
    /// Key type, always `EC`.
    package let kty: String
    /// Curve, always `P-256`.
    package let crv: String
    /// X coordinate, base64url without padding.
    package let x: String
    /// Y coordinate, base64url without padding.
    package let y: String
    /// Key id: the thumbprint of RFC 7638.
    package let kid: String
    /// Algorithm, always `ES256`.
    package let alg: String
    /// Use, always `sig`.
    package let use: String

    init(publicKey: P256.Signing.PublicKey) {
        let coordinates = publicKey.rawRepresentation
        kty = "EC"
        crv = "P-256"
        x = Base64URLText.encode(coordinates.prefix(32))
        y = Base64URLText.encode(coordinates.suffix(32))
        kid = Self.thumbprint(x: x, y: y)
        alg = "ES256"
        use = "sig"
    }

    /// SHA-256 over the required members in lexical order without white space (RFC 7638 section 3).
    private static func thumbprint(x: String, y: String) -> String {
        let canonical = #"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#
        return Base64URLText.encode(Data(SHA256.hash(data: Data(canonical.utf8))))
    }
}

/// The document a service publishes so that others can verify its tokens (RFC 7517 section 5).
package struct JSONWebKeySet: Codable, Hashable, Sendable {
    /// The keys in use.
    package let keys: [JSONWebKey]

    /// Creates a set.
    package init(keys: [JSONWebKey]) {
        self.keys = keys
    }

    /// The JSON document, with members in a stable order.
    package func document() throws -> Data {
        try JSON.encoder.encode(self)
    }
}
