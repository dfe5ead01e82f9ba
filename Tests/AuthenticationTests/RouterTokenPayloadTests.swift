import Foundation
import Testing

@testable import Authentication

@Suite("Claims of router tokens")
struct RouterTokenPayloadTests {
    private static let usual = """
        {"aud":["https://jumpstarter.dev/router"],"client":"c","exp":1800001800,"exporter":"e",\
        "iat":1800000000,"iss":"https://jumpstarter.dev/stream","jti":"0A1B","lease":"lab/l","lease_uid":"u-1",\
        "nbf":0,"side":"client","sub":"stream-1"}
        """

    /// Those that mean something in JSON, and some that do not.
    private static let bytes = Array(#" "\,:[]{}-.0159aeu"#.utf8) + [0, 9, 10, 0x1F, 0x7F, 0x80, 0xC3, 0xFF]

    private func decoded(_ json: String) -> RouterTokenPayload? {
        try? JSONDecoder().decode(RouterTokenPayload.self, from: Data(json.utf8))
    }

    @Test(
        "are read as the decoder reads them when they are plain",
        arguments: [
            usual,
            #"{"sub": "s", "exp": 1, "aud": "one"}"#,
            #" { "aud" : [ "a" , "b" ] , "exp" : 999999999999999 } "#,
            #"{"unknown":["x"],"other":5,"more":"~ !#[]{}:,","sub":""}"#,
            // Another controller's, which do not count.
            #"{"lease":"l","client":"c","exporter":"e","lease_uid":"u","sub":"s"}"#,
        ]
    )
    func plain(json: String) throws {
        let plain = try #require(RouterTokenPayload(plain: Array(json.utf8)))
        #expect(plain == decoded(json))
    }

    @Test(
        "are left to the decoder when they are anything else",
        arguments: [
            "", "{", "{}", "[]", "null", "\"sub\"", #"{"sub"}"#, #"{"sub":}"#, #"{"sub":"s""#, #"{"sub":"s",}"#,
            #"{"sub":"s"}x"#, #"{"sub":"s"}{"#, #"{"sub":"a\u0062"}"#, #"{"sub":"\"}"#, #"{"sub":"é"}"#,
            "{\"sub\":\"a\tb\"}",
            "{\n\"sub\":\"s\"}", #"{"sub":"s" "exp":1}"#, #"{"exp":01}"#, #"{"exp":-1}"#, #"{"exp":1.5}"#,
            #"{"exp":1e3}"#,
            #"{"exp":1234567890123456}"#, #"{"exp":"1"}"#, #"{"sub":1}"#, #"{"sub":null}"#, #"{"aud":[]}"#,
            #"{"aud":["a",1]}"#, #"{"aud":["a",]}"#, #"{"aud":[["a"]]}"#, #"{"sub":"a","sub":"b"}"#,
            #"{"x":{"sub":"s"}}"#, #"{"x":true}"#, #"{sub:"s"}"#, #"{"lease":1,"sub":"s"}"#,
        ]
    )
    func others(json: String) {
        #expect(RouterTokenPayload(plain: Array(json.utf8)) == nil)
    }

    @Test("of our own tokens are plain, and one with a byte changed is what the decoder says it is")
    func changed() throws {
        #expect(RouterTokenPayload(plain: Array(Self.usual.utf8))?.leaseUID == "u-1")
        let original = Array(Self.usual.utf8)
        for place in original.indices {
            for byte in Self.bytes {
                var changed = original
                changed[place] = byte
                guard let plain = RouterTokenPayload(plain: changed) else { continue }
                let decoded = try? JSONDecoder().decode(RouterTokenPayload.self, from: Data(changed))
                #expect(plain == decoded, "\(String(decoding: changed, as: UTF8.self))")
            }
        }
    }
}
