import Foundation
import Testing

@testable import Authentication

@Suite("Base64url without padding")
struct Base64URLTextTests {
    /// The examples of RFC 4648, section 10, and two of the characters that differ from base64.
    @Test(
        "is read and written as the RFC says",
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"), ("~~~???", "fn5-Pz8_"),
        ]
    )
    func examples(bytes: String, text: String) {
        #expect(Base64URLText.encode(Data(bytes.utf8)) == text)
        #expect(Base64URLText.decode(text) == Data(bytes.utf8))
    }

    @Test("brings back every byte at every place")
    func everyByte() {
        let bytes = Data((0..<3).flatMap { _ in UInt8.min...UInt8.max } + [0, 255])
        for start in 0..<3 {
            let part = bytes.dropFirst(start)
            #expect(Base64URLText.decode(Base64URLText.encode(part)) == Data(part))
        }
    }

    @Test(
        "has one text for the same bytes",
        arguments: ["Zg==", "Zh", "Zm9=", "Zm9", "Z", "Zm9vY", "Zm 9v", "Zm9v\n", "fn5+Pz8/", "Zm9v\u{E9}", "=", "."]
    )
    func refused(text: String) {
        #expect(Base64URLText.decode(text) == nil)
    }
}
