extension RouterTokenPayload {
    /// Reads claims that are written as nearly all are: one object of strings without escapes, lists of such strings and
    /// whole numbers. Nil for any other JSON, valid or not: `JSONDecoder` says what that is.
    ///
    /// For the same bytes the decoder would say the same, at ten times the cost, which was a third of checking a token.
    init?(plain json: [UInt8]) {
        self.init()
        var reader = PlainJSONReader(json)
        guard reader.take("{") else { return nil }
        repeat {
            guard let key = reader.string(), reader.take(":"), let value = reader.value(), set(key, value) else {
                return nil
            }
        } while reader.take(",")
        guard reader.take("}"), reader.isAtEnd else { return nil }
        if side == nil { (lease, leaseUID, client, exporter) = (nil, nil, nil, nil) }
    }

    /// - Returns: false if it is not what the claim should be, or not its only one.
    private mutating func set(_ key: String, _ value: PlainJSONReader.Value) -> Bool {
        switch key {
        case "iss": Self.set(&iss, value.string)
        case "aud": Self.set(&aud, value.strings)
        case "sub": Self.set(&sub, value.string)
        case "exp": Self.set(&exp, value.number)
        case "nbf": Self.set(&nbf, value.number)
        case "iat": Self.set(&iat, value.number)
        case "jti": Self.set(&jti, value.string)
        case "side": Self.set(&side, value.string)
        case "lease": Self.set(&lease, value.string)
        case "lease_uid": Self.set(&leaseUID, value.string)
        case "client": Self.set(&client, value.string)
        case "exporter": Self.set(&exporter, value.string)
        default: true
        }
    }

    private static func set<Value>(_ claim: inout Value?, _ value: Value?) -> Bool {
        guard claim == nil, let value else { return false }
        claim = value
        return true
    }
}

/// Reads the JSON that ``RouterTokenPayload/init(plain:)`` is for.
private struct PlainJSONReader {
    enum Value {
        case text(String)
        case list([String])
        case whole(Int)

        var string: String? { if case .text(let text) = self { text } else { nil } }
        var number: Double? { if case .whole(let number) = self { Double(number) } else { nil } }
        /// One string counts as a list of one (RFC 7519, 4.1.3).
        var strings: [String]? {
            switch self {
            case .text(let text): [text]
            case .list(let texts): texts
            case .whole: nil
            }
        }
    }

    /// So many decimal digits are exact as a `Double`.
    private static let maximumDigits = 15

    private var rest: ArraySlice<UInt8>

    init(_ json: [UInt8]) {
        rest = json[...]
    }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return rest.isEmpty
        }
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func string() -> String? {
        guard take("\""), let end = rest.firstIndex(where: { !Self.isPlain($0) }), rest[end] == UInt8(ascii: "\"")
        else { return nil }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    mutating func value() -> Value? {
        skipSpace()
        switch rest.first {
        case UInt8(ascii: "\""): return string().map(Value.text)
        case UInt8(ascii: "["): return list().map(Value.list)
        default: return whole().map(Value.whole)
        }
    }

    private mutating func list() -> [String]? {
        guard take("[") else { return nil }
        var strings: [String] = []
        repeat {
            guard let string = string() else { return nil }
            strings.append(string)
        } while take(",")
        return take("]") ? strings : nil
    }

    private mutating func whole() -> Int? {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard (1...Self.maximumDigits).contains(digits.count), digits.first != UInt8(ascii: "0") || digits.count == 1
        else { return nil }
        rest = rest[digits.endIndex...]
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    private mutating func skipSpace() {
        while rest.first == UInt8(ascii: " ") { rest.removeFirst() }
    }

    /// ASCII that stands for itself in a string.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}
