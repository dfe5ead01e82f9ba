/// Prints a tree as JSON text without spaces, the members of objects sorted by their UTF-8 bytes.
struct JSONPrinter {
    private(set) var bytes: [UInt8] = []

    /// - Throws: `EncodingError` for a number that JSON cannot carry.
    mutating func print(_ value: JSONValue) throws {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .number(let value): try print(value)
        case .string(let value): print(value)
        case .array(let elements): try print(elements)
        case .object(let members): try print(members)
        }
    }

    private mutating func print(_ elements: [JSONValue]) throws {
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            try print(element)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func print(_ members: [String: JSONValue]) throws {
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for (name, value) in members.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            print(name)
            bytes.append(UInt8(ascii: ":"))
            try print(value)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func print(_ number: Double) throws {
        guard number.isFinite else {
            throw EncodingError.invalidValue(
                number,
                EncodingError.Context(codingPath: [], debugDescription: "JSON has no number \(number)")
            )
        }
        let text = String(number)
        append(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }

    private mutating func print(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x08: append("\\b")
            case 0x09: append("\\t")
            case 0x0A: append("\\n")
            case 0x0C: append("\\f")
            case 0x0D: append("\\r")
            case 0..<0x20: append(byte < 0x10 ? "\\u000" : "\\u00", String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ texts: String...) {
        for text in texts { bytes.append(contentsOf: text.utf8) }
    }
}
