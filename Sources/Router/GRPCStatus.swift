internal import NIOHPACK

/// What a call is told at its end.
struct GRPCStatus: Sendable, Hashable {
    /// The canonical codes that a router uses.
    enum Code: Int, Sendable {
        case ok = 0
        case invalidArgument = 3
        case deadlineExceeded = 4
        case alreadyExists = 6
        case permissionDenied = 7
        case resourceExhausted = 8
        case failedPrecondition = 9
        case unimplemented = 12
        case unavailable = 14
        case unauthenticated = 16
    }

    let code: Code
    let message: String

    static let ok = Self(code: .ok, message: "")

    /// The trailers that carry it.
    var trailers: HPACKHeaders {
        var headers: HPACKHeaders = ["grpc-status": "\(code.rawValue)"]
        if !message.isEmpty {
            headers.add(name: "grpc-message", value: Self.percentEncoded(message))
        }
        return headers
    }

    /// The single header block of a response without messages.
    var trailersOnly: HPACKHeaders {
        var headers: HPACKHeaders = [":status": "200", "content-type": "application/grpc"]
        headers.add(contentsOf: trailers)
        return headers
    }

    /// All but printable ASCII, and the percent sign, as `%XX` of its UTF-8 (gRPC over HTTP/2, "Percent-Encoded").
    static func percentEncoded(_ message: String) -> String {
        var encoded = ""
        for byte in message.utf8 {
            if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return encoded
    }
}
