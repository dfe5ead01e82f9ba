package import Foundation

/// The registered claims of RFC 7519 that verification needs. Unverified until a ``TokenVerifier`` says otherwise.
package struct TokenClaims: Decodable, Sendable {
    /// Issuer.
    package let issuer: String
    /// Subject.
    package let subject: String?
    /// Audiences; a token may give one string or a list.
    package let audiences: [String]
    /// Not valid from this moment on.
    package let expiresAt: Date?
    /// Not valid before this moment.
    package let notBefore: Date?
    /// When it was made.
    package let issuedAt: Date?

    private enum CodingKeys: String, CodingKey {
        case iss, sub, aud, exp, nbf, iat
    }

    /// Reads the claims; a wrong type or a time outside the years 1970 to 9999 is an error that names the claim.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let issuer = try? container.decode(String.self, forKey: .iss) else {
            throw AuthenticationError.missingClaim("iss")
        }
        self.issuer = issuer
        subject = try container.decodeIfPresent(String.self, forKey: .sub)
        audiences = try Self.audiences(in: container)
        expiresAt = try Self.date(.exp, in: container)
        notBefore = try Self.date(.nbf, in: container)
        issuedAt = try Self.date(.iat, in: container)
    }

    private static func audiences(in container: KeyedDecodingContainer<CodingKeys>) throws -> [String] {
        guard container.contains(.aud) else { return [] }
        if let single = try? container.decode(String.self, forKey: .aud) { return [single] }
        return try container.decode([String].self, forKey: .aud)
    }

    private static func date(_ key: CodingKeys, in container: KeyedDecodingContainer<CodingKeys>) throws -> Date? {
        guard container.contains(key) else { return nil }
        let lastSecondOf9999 = 253_402_300_799.0
        guard let seconds = try? container.decode(Double.self, forKey: key), (0...lastSecondOf9999).contains(seconds)
        else {
            throw AuthenticationError.malformedToken("its claim \(key.rawValue) is not a time in seconds since 1970")
        }
        return Date(timeIntervalSince1970: seconds)
    }
}
