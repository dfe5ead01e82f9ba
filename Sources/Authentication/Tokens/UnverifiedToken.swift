package import Foundation

/// A JSON Web Token in compact form, taken apart but not believed: nothing in it may be trusted before a
/// ``TokenVerifier`` has checked the signature.
package struct UnverifiedToken: Sendable {
    /// Longest token that is looked at, in bytes. Larger than any real one (service account tokens are about 1 KiB,
    /// those with many claims a few), and small enough that a flood of them costs nothing.
    package static let maximumLength = 16 * 1024

    /// The header's members that decide how to verify.
    package let header: Header
    /// The registered claims.
    package let claims: TokenClaims
    /// The payload's JSON, for verifiers that map further claims.
    package let payload: Data
    /// The bytes that are signed: header and payload as they came.
    package let signingInput: Data
    /// The signature's bytes.
    package let signature: Data

    /// The protected header of RFC 7515.
    package struct Header: Decodable, Sendable {
        /// Algorithm, such as `ES256`.
        package let alg: String
        /// Key id.
        package let kid: String?
        /// Extensions the verifier must understand. We understand none, so a token that has it is refused.
        let crit: [String]?
    }

    /// Takes a compact token apart.
    ///
    /// - Throws: `AuthenticationError.malformedToken` that says which part is wrong; it never quotes the token.
    package init(compact: String) throws(AuthenticationError) {
        guard compact.utf8.count <= Self.maximumLength else {
            throw .malformedToken("it is longer than \(Self.maximumLength) bytes")
        }
        let parts = compact.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw .malformedToken("expected three parts separated by dots, found \(parts.count)")
        }
        header = try Self.decodeJSON(Header.self, from: Self.bytes(of: parts[0], part: "header"), part: "header")
        guard header.crit == nil else {
            throw .malformedToken("its header demands extensions (crit) that this service does not know")
        }
        payload = try Self.bytes(of: parts[1], part: "payload")
        claims = try Self.decodeJSON(TokenClaims.self, from: payload, part: "payload")
        signature = try Self.bytes(of: parts[2], part: "signature")
        signingInput = Data("\(parts[0]).\(parts[1])".utf8)
    }

    private static func bytes(of part: Substring, part name: String) throws(AuthenticationError) -> Data {
        guard let data = Base64URLText.decode(part) else { throw .malformedToken("its \(name) is not base64url") }
        return data
    }

    private static func decodeJSON<Value: Decodable>(
        _ type: Value.Type,
        from data: Data,
        part: String
    ) throws(AuthenticationError) -> Value {
        do {
            return try JSON.decoder.decode(type, from: data)
        } catch let error as AuthenticationError {
            throw error
        } catch {
            throw .malformedToken("its \(part) is not the JSON expected of a token")
        }
    }
}
