package import Foundation

/// A moment in UTC with whole seconds, as Kubernetes' `metav1.Time` prints it: `2026-01-31T08:00:00Z`.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z.
    package var seconds: Int64

    /// What RFC 3339 can print and protobuf's Timestamp may hold: the years 1 to 9999.
    package static let printable = Timestamp(seconds: -62_135_596_800)...Timestamp(seconds: 253_402_300_799)

    /// A moment given in seconds since 1970.
    package init(seconds: Int64) { self.seconds = seconds }

    /// The whole second that the date lies in.
    package init(_ date: Date) { self.seconds = Int64(date.timeIntervalSince1970.rounded(.down)) }

    /// The moment as a `Date`.
    package var date: Date { Date(timeIntervalSince1970: TimeInterval(seconds)) }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

    /// This moment moved by a duration; parts of a second are dropped towards the past.
    package func adding(_ duration: GoDuration) -> Timestamp {
        let whole = duration.nanoseconds / 1_000_000_000
        let (sum, overflow) = seconds.addingReportingOverflow(whole)
        return Timestamp(seconds: overflow ? (whole > 0 ? .max : .min) : sum)
    }

    /// The time from the other moment to this one; negative when the other is later. Saturates.
    package func since(_ other: Timestamp) -> GoDuration {
        let (difference, overflow) = seconds.subtractingReportingOverflow(other.seconds)
        return GoDuration(seconds: overflow ? (seconds > other.seconds ? .max : .min) : difference)
    }
}

extension Timestamp {
    /// Parses RFC 3339 with any offset and any fraction (which is dropped).
    /// Returns nil when the text is not such a time, or one that would not read back as it is printed: in UTC it has to
    /// be in ``printable``.
    package init?(rfc3339 text: String) {
        guard let seconds = RFC3339.parse(text.utf8), Self.printable.contains(Timestamp(seconds: seconds)) else {
            return nil
        }
        self.seconds = seconds
    }
}

extension Timestamp: CustomStringConvertible {
    package var description: String { RFC3339.print(seconds) }
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(text)\" is not a time; expected RFC 3339 such as 2026-01-31T08:00:00Z"
            )
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// RFC 3339 dates by Howard Hinnant's civil-calendar arithmetic: no locale, no formatter, no allocation but the text.
enum RFC3339 {
    static func print(_ seconds: Int64) -> String {
        let day = Int((Double(seconds) / 86_400).rounded(.down))
        let rest = Int(seconds) - day * 86_400
        let (year, month, dayOfMonth) = civil(fromDays: day)
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(dayOfMonth, 2))"
            + "T\(pad(rest / 3600, 2)):\(pad(rest / 60 % 60, 2)):\(pad(rest % 60, 2))Z"
    }

    static func parse(_ text: String.UTF8View) -> Int64? {
        var scanner = Scanner(bytes: Array(text))
        guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2), scanner.take("-"),
            let day = scanner.digits(2), scanner.take("T") || scanner.take("t") || scanner.take(" "),
            let hour = scanner.digits(2), scanner.take(":"), let minute = scanner.digits(2), scanner.take(":"),
            let second = scanner.digits(2), scanner.fraction(), let offset = scanner.offset(), scanner.isAtEnd,
            (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        return Int64(days(fromCivil: year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset)
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return text.count >= width ? text : String(repeating: "0", count: width - text.count) + text
    }

    private static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func days(fromCivil year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthPart = (5 * dayOfYear + 2) / 153
        let month = monthPart < 10 ? monthPart + 3 : monthPart - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthPart + 2) / 5 + 1)
    }

    private struct Scanner {
        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func digits(_ count: Int) -> Int? {
            guard position + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[position..<(position + count)] {
                guard (48...57).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 48)
            }
            position += count
            return value
        }

        mutating func fraction() -> Bool {
            guard take(".") else { return true }
            let start = position
            while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
            return position > start
        }

        mutating func offset() -> Int? {
            if take("Z") || take("z") { return 0 }
            let sign: Int
            if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
            guard let hours = digits(2), take(":"), let minutes = digits(2), hours < 24, minutes < 60 else {
                return nil
            }
            return sign * (hours * 3600 + minutes * 60)
        }
    }
}
