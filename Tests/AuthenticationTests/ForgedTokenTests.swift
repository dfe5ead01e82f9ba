import Authentication
import Crypto
import Foundation
import Testing

@Suite("Forged tokens")
struct ForgedTokenTests {
    @Test("the forging of these tests makes acceptable tokens when nothing is spoiled")
    func baseline() throws {
        let fixture = try TokenFixture()
        let token = try fixture.forge(signature: fixture.signProperly)
        #expect(try fixture.verify(token).name == "internal:client:lab:alice:1234-5678")
    }

    @Test("without a signature are refused", arguments: ["none", "None", "NONE", ""])
    func algorithmNone(algorithm: String) throws {
        let fixture = try TokenFixture()
        let header = ["alg": algorithm, "kid": fixture.key.keyID]
        for signature in [Data(), Data("x".utf8)] {
            let token = try fixture.forge(header: header, signature: { _ in signature })
            #expect(throws: AuthenticationError.algorithmNotAllowed(algorithm, accepted: ["ES256"])) {
                try fixture.verify(token)
            }
        }
    }

    @Test("with an HMAC keyed by the public key are refused")
    func publicKeyAsSecret() throws {
        let fixture = try TokenFixture()
        let publicKey = fixture.key.publicKey
        let secrets = [
            publicKey.rawRepresentation, publicKey.derRepresentation, Data(publicKey.pemRepresentation.utf8),
            try fixture.key.keySet.document(),
        ]
        for secret in secrets {
            let token = try fixture.forge(header: ["alg": "HS256", "kid": fixture.key.keyID]) { input in
                Data(HMAC<SHA256>.authenticationCode(for: input, using: SymmetricKey(data: secret)))
            }
            #expect(throws: AuthenticationError.algorithmNotAllowed("HS256", accepted: ["ES256"])) {
                try fixture.verify(token)
            }
        }
    }

    @Test("of another key are refused, with its own key id, ours, or none")
    func otherKey() throws {
        let fixture = try TokenFixture()
        let other = P256.Signing.PrivateKey()
        func forge(_ header: [String: Any]) throws -> String {
            try fixture.forge(header: header) { try other.signature(for: $0).rawRepresentation }
        }
        #expect(throws: AuthenticationError.unknownKey("other")) {
            try fixture.verify(forge(["alg": "ES256", "kid": "other"]))
        }
        #expect(throws: AuthenticationError.unknownKey(nil)) { try fixture.verify(forge(["alg": "ES256"])) }
        #expect(throws: AuthenticationError.badSignature) {
            try fixture.verify(forge(["alg": "ES256", "kid": fixture.key.keyID]))
        }
    }

    @Test("whose claims were changed after signing are refused")
    func changedClaims() throws {
        let fixture = try TokenFixture()
        var parts = try fixture.token().split(separator: ".").map(String.init)
        let claims = fixture.claims.merging(["sub": "client:lab:mallory:1"]) { _, new in new }
        parts[1] = TokenFixture.base64URL(try JSONSerialization.data(withJSONObject: claims))
        #expect(throws: AuthenticationError.badSignature) { try fixture.verify(parts.joined(separator: ".")) }
    }

    @Test("that demand extensions are refused")
    func criticalHeader() throws {
        let fixture = try TokenFixture()
        let header: [String: Any] = ["alg": "ES256", "kid": fixture.key.keyID, "crit": ["b64"], "b64": false]
        let token = try fixture.forge(header: header, signature: fixture.signProperly)
        #expect(throws: AuthenticationError.self) { try fixture.verify(token) }
    }

    @Test("with a wrong audience are refused", arguments: [["other"], [], ["Jumpstarter"], ["jumpstarter "]])
    func wrongAudience(audiences: [String]) throws {
        let fixture = try TokenFixture()
        let claims = fixture.claims.merging(["aud": audiences]) { _, new in new }
        let token = try fixture.forge(claims: claims, signature: fixture.signProperly)
        #expect(throws: AuthenticationError.wrongAudience(found: audiences, accepted: ["jumpstarter"])) {
            try fixture.verify(token)
        }
    }

    @Test("may give the audience as one string")
    func singleAudience() throws {
        let fixture = try TokenFixture()
        let claims = fixture.claims.merging(["aud": "jumpstarter"]) { _, new in new }
        _ = try fixture.verify(fixture.forge(claims: claims, signature: fixture.signProperly))
    }

    @Test("without a required claim are refused", arguments: ["iss", "exp", "sub"])
    func missingClaim(claim: String) throws {
        let fixture = try TokenFixture()
        let claims = fixture.claims.filter { $0.key != claim }
        let token = try fixture.forge(claims: claims, signature: fixture.signProperly)
        #expect(throws: AuthenticationError.missingClaim(claim)) { try fixture.verify(token) }
    }

    @Test("with times that are none are refused", arguments: ["exp", "nbf", "iat"])
    func senselessTimes(claim: String) throws {
        let fixture = try TokenFixture()
        for value in ["tomorrow", -1, 1e300, true, [1]] as [Any] {
            let claims = fixture.claims.merging([claim: value]) { _, new in new }
            let token = try fixture.forge(claims: claims, signature: fixture.signProperly)
            #expect(throws: AuthenticationError.self, "\(claim) = \(value)") { try fixture.verify(token) }
        }
    }

    @Test("cut off at any place are refused")
    func truncated() throws {
        let fixture = try TokenFixture()
        let token = try fixture.token()
        for length in 0..<token.count {
            #expect(throws: AuthenticationError.self) { try fixture.verify(String(token.prefix(length))) }
        }
    }

    @Test("with one character changed or added are refused")
    func altered() throws {
        let fixture = try TokenFixture()
        let token = try fixture.token()
        for index in token.indices {
            let replacement: Character = token[index] == "A" ? "B" : "A"
            let altered = token.replacingCharacters(in: index...index, with: String(replacement))
            #expect(throws: AuthenticationError.self) { try fixture.verify(altered) }
        }
        for suffix in ["=", "A", ".", "\n", " "] {
            #expect(throws: AuthenticationError.self) { try fixture.verify(token + suffix) }
        }
    }

    @Test("have one spelling only: other bits at the end of the signature, which decoders tend to ignore, are refused")
    func strayBits() throws {
        let fixture = try TokenFixture()
        let token = try fixture.token()
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        for last in alphabet where last != token.last {
            #expect(throws: AuthenticationError.self) { try fixture.verify(token.dropLast() + String(last)) }
        }
    }

    @Test("that are garbage are refused", arguments: ["", ".", "..", "a.b.c", "e30.e30.e30", "é.é.é", "....."])
    func garbage(text: String) {
        #expect(throws: AuthenticationError.self) { try UnverifiedToken(compact: text) }
    }

    @Test("longer than the limit are refused before they are looked at")
    func tooLong() {
        let text = String(repeating: "a", count: UnverifiedToken.maximumLength + 1)
        #expect(throws: AuthenticationError.malformedToken("it is longer than 16384 bytes")) {
            try UnverifiedToken(compact: text)
        }
    }
}
