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
        decode(utf8: Array(text.utf8)[...]).map { Data($0) }
    }

    /// Like ``decode(_:)``.
    static func decode(utf8 text: ArraySlice<UInt8>) -> [UInt8]? {
        // By hand, as Foundation knows the other alphabet only, and translating costs a router more than the signature.
        var isValid = true
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count * 3 / 4) { bytes, length in
            var (bits, count) = (UInt32(0), UInt32(0))
            for character in text {
                let value = values[Int(character)]
                guard value < 64 else { return isValid = false }
                bits = bits << 6 | UInt32(value)
                count += 6
                guard count >= 8 else { continue }
                count -= 8
                bytes[length] = UInt8(truncatingIfNeeded: bits >> count)
                length += 1
            }
            // Six bits left are a character too many, and others must be zero.
            isValid = count < 6 && bits & (1 << count - 1) == 0
        }
        return isValid ? bytes : nil
    }

    /// What each character stands for; more than 63 if it is none of the alphabet.
    private static let values: [UInt8] = (0...255).map { value(of: $0) ?? .max }

    private static func urlCharacter(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        case UInt8(ascii: "="): nil
        default: byte
        }
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
