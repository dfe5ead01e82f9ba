import Authentication
import Crypto
import Foundation
import Testing

@Suite("A router token")
struct RouterTokenTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)
    private let key = "a secret"

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// A token made here by hand, from its JSON.
    private func token<H: HashFunction>(header: String, payload: String, hash: H.Type = SHA256.self) -> String {
        let signed = Self.base64URL(Data(header.utf8)) + "." + Self.base64URL(Data(payload.utf8))
        let code = HMAC<H>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: Data(key.utf8)))
        return signed + "." + Self.base64URL(Data(code))
    }

    private func payload(_ changes: [String: String?] = [:]) -> String {
        var claims: [String: String?] = [
            "iss": #""https://jumpstarter.dev/stream""#, "aud": #"["https://jumpstarter.dev/router"]"#,
            "sub": #""stream""#, "exp": "1800000100", "nbf": "1800000000", "iat": "1800000000", "jti": #""id""#,
        ]
        claims.merge(changes) { $1 }
        return "{" + claims.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",") + "}"
    }

    private func error(of token: String, at date: Date? = nil) throws -> RouterTokenError? {
        do throws(RouterTokenError) {
            _ = try RouterTokenAuthority(key: key).verify(token, now: date ?? now)
            return nil
        } catch {
            return error
        }
    }

    @Test("is accepted by whoever has the same key, for half an hour")
    func roundTrip() throws {
        let authority = try RouterTokenAuthority(key: key)
        let token = try authority.sign(streamID: "stream", tokenID: "id", now: now)
        let verified = try authority.verify(token, now: now + 1_799)
        #expect(verified.streamID == "stream")
        #expect(verified.tokenID == "id")
        #expect(verified.expiresAt == now + 1_800)
        #expect(try error(of: token, at: now + 1_800) == .expired)
        #expect(throws: RouterTokenError.wrongSignature) {
            try RouterTokenAuthority(key: "another").verify(token, now: now)
        }
    }

    @Test("may be signed with HS256, HS384 or HS512")
    func algorithms() throws {
        #expect(try error(of: token(header: #"{"alg":"HS256"}"#, payload: payload())) == nil)
        #expect(try error(of: token(header: #"{"alg":"HS384"}"#, payload: payload(), hash: SHA384.self)) == nil)
        #expect(try error(of: token(header: #"{"alg":"HS512"}"#, payload: payload(), hash: SHA512.self)) == nil)
    }

    @Test("is refused with any other algorithm", arguments: ["none", "hs256", "RS256", "ES256", ""])
    func otherAlgorithms(name: String) throws {
        let header = "{\"alg\":\"\(name)\"}"
        #expect(try error(of: token(header: header, payload: payload())) == .unacceptableAlgorithm)
    }

    @Test("may name its audience without an array")
    func plainAudience() throws {
        let payload = payload(["aud": #""https://jumpstarter.dev/router""#])
        #expect(try error(of: token(header: #"{"alg":"HS256"}"#, payload: payload)) == nil)
    }

    @Test(
        "is refused when a claim is wrong or missing",
        arguments: [
            ("iss", #""https://example.com""#), ("iss", nil), ("aud", #"["other"]"#), ("aud", "[]"), ("aud", nil),
            ("sub", #""""#), ("sub", nil), ("exp", nil), ("exp", "1e300"),
        ] as [(String, String?)]
    )
    func claims(name: String, value: String?) throws {
        let token = token(header: #"{"alg":"HS256"}"#, payload: payload([name: value]))
        #expect(try error(of: token) == .unacceptableClaim(name))
    }

    @Test("may come from a clock a minute ahead, no more", arguments: ["nbf", "iat"])
    func clockSkew(name: String) throws {
        let header = #"{"alg":"HS256"}"#
        #expect(try error(of: token(header: header, payload: payload([name: "1800000060"]))) == nil)
        #expect(try error(of: token(header: header, payload: payload([name: "1800000061"]))) == .notYetValid)
    }

    @Test("is refused when it is not a JWT", arguments: ["", "a.b", "a.b.c.d", "!.e30.e30", "e30.e30.e30"])
    func malformed(token: String) throws {
        guard case .malformed = try error(of: token) else {
            Issue.record("expected it to be malformed")
            return
        }
    }

    @Test("is not looked at when it is too long")
    func tooLong() throws {
        #expect(try error(of: String(repeating: "a", count: RouterToken.maximumLength + 1)) == .tooLong)
    }

    @Test("needs a key")
    func emptyKey() {
        #expect(throws: RouterTokenError.emptyKey) { try RouterTokenAuthority(key: "") }
    }
}
