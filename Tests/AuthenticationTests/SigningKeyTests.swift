import Authentication
import Foundation
import Testing

@Suite("The signing key")
struct SigningKeyTests {
    // Computed apart from this code, with HKDF and the curve's arithmetic in plain Python.
    @Test("derives from the controller's secret as documented")
    func fixture() throws {
        let key = try SigningKey(controllerKey: "fixture-controller-key")
        #expect(key.publicJWK.x == "B_Prf3goOwiwBcaGmm65cEsrxK4iwNoX9hW4-ApoEho")
        #expect(key.publicJWK.y == "PU2NzOcv4mmc7VBg5MGrTklxRwpLCjzFbA2noMoyQF0")
        #expect(key.keyID == "egoXdqtbf0DTQ67vt-Wt27hL58aalBYDHxVKq_PiaNw")
    }

    @Test("is the same for the same secret and another for another")
    func determinism() throws {
        let first = try SigningKey(controllerKey: "one")
        #expect(try SigningKey(controllerKey: "one").keySet == first.keySet)
        #expect(try SigningKey(controllerKey: "one ").keyID != first.keyID)
    }

    @Test("refuses an empty secret", arguments: ["", " ", "\n\t"])
    func emptySecret(secret: String) {
        #expect(throws: SigningKeyError.emptySecret) { try SigningKey(controllerKey: secret) }
    }

    @Test("publishes a key set that names use and algorithm")
    func document() throws {
        let document = try SigningKey(controllerKey: "fixture-controller-key").keySet.document()
        let expected =
            #"{"keys":[{"alg":"ES256","crv":"P-256","kid":"egoXdqtbf0DTQ67vt-Wt27hL58aalBYDHxVKq_PiaNw","#
            + #""kty":"EC","use":"sig","x":"B_Prf3goOwiwBcaGmm65cEsrxK4iwNoX9hW4-ApoEho","#
            + #""y":"PU2NzOcv4mmc7VBg5MGrTklxRwpLCjzFbA2noMoyQF0"}]}"#
        #expect(String(decoding: document, as: UTF8.self) == expected)
    }

    @Test("can be made afresh from 256 random bits")
    func freshSecret() throws {
        var generator = SystemRandomNumberGenerator()
        let first = SigningKey.makeControllerKey(using: &generator)
        let second = SigningKey.makeControllerKey(using: &generator)
        #expect(first != second)
        #expect(first.utf8.count == 43)
        _ = try SigningKey(controllerKey: first)
    }
}
