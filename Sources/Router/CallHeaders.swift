internal import NIOHPACK

/// The request headers of a call, as far as a router cares.
struct CallHeaders: Sendable, Hashable {
    /// The only method there is.
    static let path = "/jumpstarter.v1.RouterService/Stream"

    /// Why a call is answered without looking at its token.
    enum Problem: Error, Sendable, Hashable {
        /// Not gRPC at all: answered with this HTTP status.
        case http(Int)
        /// Another gRPC method.
        case unknownMethod(String)
        /// The headers are larger than the limit.
        case tooLarge
        /// `grpc-timeout` is not what gRPC says it is.
        case invalidTimeout
    }

    /// The compression of a peer's messages, and what it can undo.
    struct Encoding: Sendable, Hashable {
        /// `grpc-encoding` unless it is `identity`.
        let used: String?
        /// `grpc-accept-encoding`.
        let accepted: [String]

        /// Whether this peer understands what `other` sends.
        func accepts(_ other: Self) -> Bool {
            other.used.map(accepted.contains) ?? true
        }
    }

    /// The bearer token, if there is exactly one.
    let token: String?
    let encoding: Encoding
    /// How long the call may last, from `grpc-timeout`; nil if it says nothing, or more than a year.
    let timeout: Duration?

    /// - Parameter maximumBytes: the limit of their size, counted like HTTP/2 does.
    init(_ headers: HPACKHeaders, maximumBytes: Int) throws(Problem) {
        let size = headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 }
        guard size <= maximumBytes else { throw .tooLarge }
        guard headers.first(name: ":method") == "POST" else { throw .http(405) }
        guard Self.isGRPC(headers.first(name: "content-type")) else { throw .http(415) }
        let path = headers.first(name: ":path") ?? ""
        guard path == Self.path else { throw .unknownMethod(path) }
        token = Self.bearerToken(headers["authorization"])
        timeout = try headers.first(name: "grpc-timeout").map(Self.timeout) ?? nil
        let used = headers.first(name: "grpc-encoding")
        encoding = Encoding(
            used: used == "identity" ? nil : used,
            accepted: headers[canonicalForm: "grpc-accept-encoding"].map { String($0) }
        )
    }

    /// At most 8 digits and a unit (gRPC over HTTP/2, "Timeout").
    private static func timeout(_ text: String) throws(Problem) -> Duration? {
        let digits = text.utf8.dropLast()
        guard let unit = text.utf8.last, (1...8).contains(digits.count),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { throw .invalidTimeout }
        let value = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        let duration: Duration
        switch unit {
        case UInt8(ascii: "H"): duration = .seconds(value * 3_600)
        case UInt8(ascii: "M"): duration = .seconds(value * 60)
        case UInt8(ascii: "S"): duration = .seconds(value)
        case UInt8(ascii: "m"): duration = .milliseconds(value)
        case UInt8(ascii: "u"): duration = .microseconds(value)
        case UInt8(ascii: "n"): duration = .nanoseconds(value)
        default: throw .invalidTimeout
        }
        // A timer counts nanoseconds in 64 bits.
        return duration > .seconds(366 * 86_400) ? nil : duration
    }

    private static func isGRPC(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        return contentType == "application/grpc" || contentType.hasPrefix("application/grpc+")
            || contentType.hasPrefix("application/grpc;")
    }

    private static func bearerToken(_ values: [String]) -> String? {
        guard values.count == 1 else { return nil }
        let parts = values[0].split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
