/// A span of time that parses and prints exactly as Go's `time.Duration` does: `1h30m0s`, `500ms`, `1.5s`.
///
/// Source of the rules: the documentation of `time.ParseDuration` and `Duration.String`; Kubernetes stores
/// `metav1.Duration` in this form.
package struct GoDuration: Sendable, Hashable, Comparable {
    /// Nanoseconds, negative for a span into the past.
    package var nanoseconds: Int64

    /// A span of that many nanoseconds.
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// A span of that many seconds; saturates at the ends of the range (about 292 years).
    package init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self.nanoseconds = overflow ? (seconds > 0 ? .max : .min) : product
    }

    package static let zero = GoDuration(nanoseconds: 0)

    package static func < (left: GoDuration, right: GoDuration) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The span as Swift's own type.
    package var duration: Duration { .nanoseconds(nanoseconds) }
}

extension GoDuration {
    /// Why a text is not a duration.
    package struct ParseError: Error, Hashable, CustomStringConvertible {
        /// The text as it was given.
        package var text: String
        /// What is wrong with it.
        package var problem: String

        package var description: String {
            "invalid duration \"\(text)\": \(problem); expected a Go duration such as 1h30m, 90s or 500ms"
        }
    }

    /// Parses a Go duration: an optional sign and numbers with a unit each (`ns`, `us`, `µs`, `ms`, `s`, `m`, `h`).
    /// - Throws: `ParseError`.
    package init(parsing text: String) throws(ParseError) {
        var parser = GoDurationParser(text: text)
        self.nanoseconds = try parser.parse()
    }
}

extension GoDuration: CustomStringConvertible {
    package var description: String {
        if nanoseconds == 0 { return "0s" }
        let magnitude = nanoseconds.magnitude
        let sign = nanoseconds < 0 ? "-" : ""
        if magnitude < 1_000 { return "\(sign)\(magnitude)ns" }
        if magnitude < 1_000_000 { return sign + Self.decimal(magnitude, unit: 1_000) + "µs" }
        if magnitude < 1_000_000_000 { return sign + Self.decimal(magnitude, unit: 1_000_000) + "ms" }
        let minutes = magnitude / 60_000_000_000
        let seconds = Self.decimal(magnitude % 60_000_000_000, unit: 1_000_000_000) + "s"
        if minutes == 0 { return sign + seconds }
        if minutes < 60 { return "\(sign)\(minutes)m\(seconds)" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    private static func decimal(_ value: UInt64, unit: UInt64) -> String {
        let fraction = value % unit
        guard fraction != 0 else { return String(value / unit) }
        var digits = String(unit + fraction).dropFirst()
        while digits.last == "0" { digits = digits.dropLast() }
        return "\(value / unit).\(digits)"
    }
}

extension GoDuration: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            self = try GoDuration(parsing: text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
