import Foundation
import Resources
import TestSupport
import Testing

@Suite("GoDuration")
struct GoDurationTests {
    @Test(
        "prints as Go does",
        arguments: [
            (0, "0s"), (1, "1ns"), (1_100, "1.1µs"), (2_200_000, "2.2ms"), (500_000_000, "500ms"),
            (3_300_000_000, "3.3s"), (60_000_000_000, "1m0s"), (245_000_000_000, "4m5s"),
            (245_001_000_000, "4m5.001s"), (5_400_000_000_000, "1h30m0s"), (18_367_001_000_000, "5h6m7.001s"),
            (480_000_000_001, "8m0.000000001s"), (-1_500_000_000, "-1.5s"),
            (Int64.max, "2562047h47m16.854775807s"), (Int64.min, "-2562047h47m16.854775808s"),
        ] as [(Int64, String)]
    )
    func printing(_ nanoseconds: Int64, _ text: String) {
        #expect(GoDuration(nanoseconds: nanoseconds).description == text)
    }

    @Test(
        "parses what Go parses",
        arguments: [
            ("0", 0), ("-0", 0), ("+0", 0), ("5s", 5_000_000_000), ("+5s", 5_000_000_000), ("-5s", -5_000_000_000),
            ("1478s", 1_478_000_000_000), ("5.s", 5_000_000_000), (".5s", 500_000_000), ("1.0040s", 1_004_000_000),
            ("100.00100s", 100_001_000_000), ("10ns", 10), ("11us", 11_000), ("12µs", 12_000), ("12μs", 12_000),
            ("13ms", 13_000_000), ("15m", 900_000_000_000), ("16h", 57_600_000_000_000),
            ("3h30m", 12_600_000_000_000), ("10.5s4m", 250_500_000_000), ("-2m3.4s", -123_400_000_000),
            ("1h2m3s4ms5us6ns", 3_723_004_005_006), ("39h9m14.425s", 140_954_425_000_000),
            ("0.3333333333333333333h", 1_200_000_000_000), ("9007199254740993ns", 9_007_199_254_740_993),
            ("9223372036854775807ns", .max), ("9223372036854775.807us", .max), ("9223372036854ms775us807ns", .max),
            ("-9223372036854775808ns", .min), ("-9223372036854775.808us", .min),
            ("-2562047h47m16.854775808s", .min), ("0.100000000000000000000h", 360_000_000_000),
            ("0.830103483285477580700h", 2_988_372_539_827),
        ] as [(String, Int64)]
    )
    func parsing(_ text: String, _ nanoseconds: Int64) throws {
        #expect(try GoDuration(parsing: text).nanoseconds == nanoseconds)
    }

    @Test(
        "refuses what Go refuses, and says the text",
        arguments: [
            "", "3", "-", "s", ".", "-.", ".s", "+.s", "1d", "hello", "1 h", " 1h", "9223372036854775810ns",
            "9223372036854775808ns", "-9223372036854775809ns", "9223372036854776us", "3000000h",
            "9223372036854775.808us", "9223372036854ms775us808ns", "18446744073709551.9us", "1h-5m",
        ]
    )
    func refusing(_ text: String) {
        let error = #expect(throws: GoDuration.ParseError.self) { try GoDuration(parsing: text) }
        #expect(error?.description.contains("\"\(text)\"") == true)
    }

    @Test("what is printed parses back to the same", arguments: [1, 2, 3] as [UInt64])
    func roundTrip(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            // Every magnitude, not only the largest.
            let nanoseconds =
                Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0..<63, using: &generator)
            let duration = GoDuration(nanoseconds: nanoseconds)
            #expect(try GoDuration(parsing: duration.description) == duration)
            let json = try JSONEncoder().encode([duration])
            #expect(try JSONDecoder().decode([GoDuration].self, from: json) == [duration])
        }
    }
}
