package import Foundation
package import Resources

/// Prints JSON straight into bytes, keys sorted, without the detour over `JSONEncoder`: lists of thousands of objects
/// are printed for every `kubectl get`.
package struct JSONWriter {
    private var bytes: [UInt8] = []

    package init(reservingCapacity capacity: Int = 1024) { bytes.reserveCapacity(capacity) }

    /// What has been written so far.
    package var data: Data { Data(bytes) }

    /// Punctuation and names that are known to need no escape.
    package mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    package mutating func string(_ text: String) {
        bytes.append(Self.quote)
        var text = text
        text.withUTF8 { buffer in
            for byte in buffer { escape(byte) }
        }
        bytes.append(Self.quote)
    }

    package mutating func integer(_ value: Int64) { bytes.append(contentsOf: String(value).utf8) }

    package mutating func boolean(_ value: Bool) { value ? raw("true") : raw("false") }

    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: raw("null")
        case .bool(let flag): boolean(flag)
        case .integer(let number): integer(number)
        case .number(let number): bytes.append(contentsOf: number.isFinite ? "\(number)".utf8 : "null".utf8)
        case .string(let text): string(text)
        case .array(let elements): array(elements) { $0.value($1) }
        case .object(let members): object(members) { $0.value($1) }
        }
    }

    package mutating func array<Elements: Sequence>(
        _ elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) -> Void
    ) {
        raw("[")
        var isFirst = true
        for element in elements {
            if !isFirst { raw(",") }
            isFirst = false
            write(&self, element)
        }
        raw("]")
    }

    package mutating func object<Value>(_ members: [String: Value], _ write: (inout JSONWriter, Value) -> Void) {
        raw("{")
        var isFirst = true
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            name(key, isFirst: &isFirst)
            write(&self, value)
        }
        raw("}")
    }

    /// The name of a member and its colon, after a comma unless it is the first.
    package mutating func name(_ key: String, isFirst: inout Bool) {
        if !isFirst { raw(",") }
        isFirst = false
        string(key)
        raw(":")
    }

    private static let quote = UInt8(ascii: "\"")
    private static let hexDigits = Array("0123456789abcdef".utf8)

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        case 0..<0x20:
            raw("\\u00")
            bytes.append(Self.hexDigits[Int(byte >> 4)])
            bytes.append(Self.hexDigits[Int(byte & 0xF)])
        default: bytes.append(byte)
        }
    }
}

extension JSONValue {
    /// The JSON text of the tree, keys sorted.
    package var text: Data {
        var writer = JSONWriter()
        writer.value(self)
        return writer.data
    }
}
