/// The scanner behind `GoDuration(parsing:)`, kept to Go's arithmetic: the value grows as an unsigned magnitude and
/// overflow is an error, never a wrap.
struct GoDurationParser {
    private let text: String
    private var rest: Substring.UTF8View

    init(text: String) {
        self.text = text
        self.rest = Substring(text).utf8
    }

    mutating func parse() throws(GoDuration.ParseError) -> Int64 {
        let negative = rest.first == UInt8(ascii: "-")
        if negative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        if rest.elementsEqual("0".utf8) { return 0 }
        guard !rest.isEmpty else { throw problem("it is empty") }
        var total: UInt64 = 0
        while !rest.isEmpty {
            let (sum, overflow) = total.addingReportingOverflow(try component())
            guard !overflow, sum <= 1 << 63 else { throw problem("it is too long") }
            total = sum
        }
        if negative { return total == 1 << 63 ? .min : -Int64(total) }
        guard total < 1 << 63 else { throw problem("it is too long") }
        return Int64(total)
    }

    private mutating func component() throws(GoDuration.ParseError) -> UInt64 {
        let whole = takeDigits()
        var fraction = ArraySlice<UInt8>()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = takeDigits()
        }
        guard !whole.isEmpty || !fraction.isEmpty else { throw problem("a number is missing") }
        let unit = try takeUnit()
        var value: UInt64 = 0
        for digit in whole {
            let (tenfold, firstOverflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, secondOverflow) = tenfold.addingReportingOverflow(UInt64(digit - 48))
            guard !firstOverflow, !secondOverflow else { throw problem("it is too long") }
            value = sum
        }
        let (scaled, overflow) = value.multipliedReportingOverflow(by: unit)
        guard !overflow else { throw problem("it is too long") }
        let (total, sumOverflow) = scaled.addingReportingOverflow(Self.scaled(fraction: fraction, unit: unit))
        guard !sumOverflow else { throw problem("it is too long") }
        return total
    }

    /// The fraction in nanoseconds; digits beyond what 64 bits hold are dropped, as Go does.
    private static func scaled(fraction: ArraySlice<UInt8>, unit: UInt64) -> UInt64 {
        var value: UInt64 = 0
        var scale: Double = 1
        for digit in fraction {
            guard value <= (UInt64(Int64.max) - 9) / 10 else { break }
            value = value * 10 + UInt64(digit - 48)
            scale *= 10
        }
        return UInt64(Double(value) * (Double(unit) / scale))
    }

    private mutating func takeDigits() -> ArraySlice<UInt8> {
        let digits = rest.prefix { (48...57).contains($0) }
        rest = rest.dropFirst(digits.count)
        return ArraySlice(digits)
    }

    private mutating func takeUnit() throws(GoDuration.ParseError) -> UInt64 {
        let name = rest.prefix { $0 != UInt8(ascii: ".") && !(48...57).contains($0) }
        rest = rest.dropFirst(name.count)
        switch String(decoding: name, as: UTF8.self) {
        case "": throw problem("a unit is missing")
        case "ns": return 1
        case "us", "µs", "μs": return 1_000
        case "ms": return 1_000_000
        case "s": return 1_000_000_000
        case "m": return 60_000_000_000
        case "h": return 3_600_000_000_000
        case let unknown: throw problem("unknown unit \"\(unknown)\"")
        }
    }

    private func problem(_ what: String) -> GoDuration.ParseError {
        GoDuration.ParseError(text: text, problem: what)
    }
}
