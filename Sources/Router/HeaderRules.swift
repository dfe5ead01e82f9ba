internal import NIOHPACK

/// What a request's header block has to be like (RFC 9113, section 8.2 and 8.3): anything else is malformed, whatever it
/// says.
enum HeaderRules {
    private struct Pseudo: OptionSet {
        let rawValue: UInt8

        static let method = Self(rawValue: 1)
        static let scheme = Self(rawValue: 2)
        static let authority = Self(rawValue: 4)
        static let path = Self(rawValue: 8)

        /// Nil for a name that no request has.
        static func named(_ name: String) -> Self? {
            switch name {
            case ":method": .method
            case ":scheme": .scheme
            case ":authority": .authority
            case ":path": .path
            default: nil
            }
        }
    }

    /// Whether a block may begin a call.
    static func isRequest(_ headers: HPACKHeaders) -> Bool {
        var seen: Pseudo = []
        var hasFields = false
        for header in headers {
            if header.name.utf8.first == UInt8(ascii: ":") {
                guard !hasFields, let pseudo = Pseudo.named(header.name), seen.insert(pseudo).inserted else {
                    return false
                }
                guard isValue(header.value), pseudo != .path || !header.value.isEmpty else { return false }
            } else {
                hasFields = true
                guard isField(header.name, header.value) else { return false }
            }
        }
        return seen.isSuperset(of: [.method, .scheme, .path])
    }

    /// Whether a block may end what a peer sends.
    static func areTrailers(_ headers: HPACKHeaders) -> Bool {
        headers.allSatisfy { isField($0.name, $0.value) }
    }

    private static func isField(_ name: String, _ value: String) -> Bool {
        guard isName(name), isValue(value), !isOfConnection(name) else { return false }
        return name != "te" || value == "trailers"
    }

    /// Whether a field belongs to HTTP/1's connections.
    private static func isOfConnection(_ name: String) -> Bool {
        // Most names are told apart by their lengths.
        switch name.utf8.count {
        case 7: name == "upgrade"
        case 10: name == "connection" || name == "keep-alive"
        case 16: name == "proxy-connection"
        case 17: name == "transfer-encoding"
        default: false
        }
    }

    /// The bytes of a token (RFC 9110, section 5.6.2) without capital letters, a bit for each of ASCII.
    private static let nameBytes: (low: UInt64, high: UInt64) = {
        var (low, high) = (UInt64(0), UInt64(0))
        for byte in "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz".utf8 {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
        return (low, high)
    }()

    private static func isName(_ name: String) -> Bool {
        let (low, high) = nameBytes
        return !name.isEmpty
            && all(name) { byte in
                (byte < 64 ? low >> UInt64(byte) : byte < 128 ? high >> UInt64(byte - 64) : 0) & 1 == 1
            }
    }

    private static func isValue(_ value: String) -> Bool {
        all(value) { $0 != 0 && $0 != 0x0A && $0 != 0x0D }
    }

    private static func all(_ text: String, _ isGood: (UInt8) -> Bool) -> Bool {
        // Without going from index to index, which costs a string several times as much.
        text.utf8.withContiguousStorageIfAvailable { $0.allSatisfy(isGood) } ?? text.utf8.allSatisfy(isGood)
    }
}
