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
        switch name {
        case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade": true
        default: false
        }
    }

    /// A token (RFC 9110, section 5.6.2) without capital letters.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: byte > 0x20 && byte < 0x7F && "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    private static func isValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 != 0 && $0 != 0x0A && $0 != 0x0D }
    }
}
