import Resources
import TestSupport
import Testing

@Suite("Timestamp")
struct TimestampTests {
    @Test(
        "parses RFC 3339 with offsets and fractions and prints UTC with whole seconds",
        arguments: [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"), ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"),
            ("2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00Z"),
            ("2026-01-31T23:30:00-05:30", "2026-02-01T05:00:00Z"), ("2026-01-31t08:00:00z", "2026-01-31T08:00:00Z"),
            ("2026-01-31T08:00:00.999999Z", "2026-01-31T08:00:00Z"), ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"), ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ]
    )
    func parsing(_ text: String, _ printed: String) {
        #expect(Timestamp(rfc3339: text)?.description == printed)
    }

    @Test(
        "refuses what is no such time",
        arguments: [
            "", "2026-01-31", "2026-01-31T08:00:00", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-31T24:00:00Z",
            "2026-01-31T08:60:00Z", "2026-01-31T08:00:00.Z", "2026-01-31T08:00:00+0200", "2026-01-31T08:00:00Zx",
            "26-01-31T08:00:00Z", "2026-01-31T08:00:00+24:00", "0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
        ]
    )
    func refusing(_ text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test("what is printed parses back to the same", arguments: [1, 2] as [UInt64])
    func roundTrip(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let time = Timestamp(seconds: .random(in: -62_135_596_800...253_402_300_799, using: &generator))
            #expect(Timestamp(rfc3339: time.description) == time)
        }
    }

    @Test("moves by durations and measures them")
    func arithmetic() {
        let start = Timestamp(seconds: 1_000)
        #expect(start.adding(GoDuration(seconds: 90)).seconds == 1_090)
        #expect(start.adding(GoDuration(nanoseconds: 1_999_999_999)).seconds == 1_001)
        #expect(Timestamp(seconds: 1_090).since(start) == GoDuration(seconds: 90))
        #expect(start.since(Timestamp(seconds: 1_090)) == GoDuration(seconds: -90))
        #expect(Timestamp(seconds: .max).adding(GoDuration(seconds: 1)).seconds == .max)
    }
}
