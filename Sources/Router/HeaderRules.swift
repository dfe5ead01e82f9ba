internal import NIOHPACK

/// What a request's header block has to be like (RFC 9113, section 8.2 and 8.3): anything else is malformed, whatever it
/// says.
enum HeaderRules {
    private static let pseudo: Set<String> = [":method", ":scheme", ":authority", ":path"]
    /// Fields that belong to HTTP/1's connections.
    private static let forbidden: Set<String> = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ]

    /// Whether a block may begin a call.
    static func isRequest(_ headers: HPACKHeaders) -> Bool {
        var seen: Set<String> = []
        var fields = 0
        for header in headers {
            if header.name.utf8.first == UInt8(ascii: ":") {
                guard fields == 0, pseudo.contains(header.name), seen.insert(header.name).inserted else { return false }
                guard isValue(header.value), header.name != ":path" || !header.value.isEmpty else { return false }
            } else {
                fields += 1
                guard isField(header.name, header.value) else { return false }
            }
        }
        return seen.contains(":method") && seen.contains(":scheme") && seen.contains(":path")
    }

    /// Whether a block may end what a peer sends.
    static func areTrailers(_ headers: HPACKHeaders) -> Bool {
        headers.allSatisfy { isField($0.name, $0.value) }
    }

    private static func isField(_ name: String, _ value: String) -> Bool {
        guard isName(name), isValue(value), !forbidden.contains(name) else { return false }
        return name != "te" || value == "trailers"
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
