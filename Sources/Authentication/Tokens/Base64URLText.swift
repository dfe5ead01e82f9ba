import Foundation

/// The base64url alphabet without padding (RFC 4648 section 5), as JSON Web Tokens and keys use it.
enum Base64URLText {
    /// Encodes bytes without padding.
    static func encode(_ bytes: some DataProtocol) -> String {
        let standard = Data(bytes).base64EncodedString().utf8
        return String(decoding: standard.compactMap(urlCharacter), as: UTF8.self)
    }

    /// Decodes strictly: padding, the characters `+` and `/`, white space and stray bits at the end are refused, so
    /// that one sequence of bytes has exactly one text and a token cannot be altered without changing its meaning.
    static func decode(_ text: some StringProtocol) -> Data? {
        let characters = Array(text.utf8)
        guard characters.allSatisfy(isInAlphabet) else { return nil }
        let padding = Array(repeating: UInt8(ascii: "="), count: (4 - characters.count % 4) % 4)
        let standard = Data(characters.map(standardCharacter) + padding)
        guard let data = Data(base64Encoded: standard), encode(data).utf8.elementsEqual(characters) else { return nil }
        return data
    }

    private static func urlCharacter(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        case UInt8(ascii: "="): nil
        default: byte
        }
    }

    private static func standardCharacter(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "-"): UInt8(ascii: "+")
        case UInt8(ascii: "_"): UInt8(ascii: "/")
        default: byte
        }
    }

    private static func isInAlphabet(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
}
