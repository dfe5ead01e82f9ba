import Leasing
import Resources
import Testing

@Suite struct LeaseTermTests {
    private func term(
        begin: Timestamp? = nil,
        duration: GoDuration? = nil,
        end: Timestamp? = nil,
        now: Timestamp = .at(0)
    ) throws(LeaseTerm.Problem) -> LeaseTerm {
        try LeaseTerm(beginTime: begin, duration: duration, endTime: end, now: now)
    }

    private func refusal(
        begin: Timestamp? = nil,
        duration: GoDuration? = nil,
        end: Timestamp? = nil
    ) -> LeaseTerm.Problem? {
        do {
            _ = try term(begin: begin, duration: duration, end: end)
            return nil
        } catch {
            return error
        }
    }

    @Test("A duration alone has neither a beginning nor an end yet")
    func durationAlone() throws {
        let term = try term(duration: .seconds(60))
        #expect(term.beginTime == nil)
        #expect(term.duration == .seconds(60))
        #expect(term.endTime == nil)
    }

    @Test("A beginning with a duration is a scheduled lease")
    func beginAndDuration() throws {
        let term = try term(begin: .at(100), duration: .seconds(60))
        #expect(term.beginTime == .at(100))
        #expect(term.duration == .seconds(60))
        #expect(term.endTime == nil)
    }

    @Test("A beginning with an end gives the duration")
    func beginAndEnd() throws {
        let term = try term(begin: .at(100), end: .at(160))
        #expect(term.beginTime == .at(100))
        #expect(term.duration == .seconds(60))
        #expect(term.endTime == .at(160))
    }

    @Test("An end with a duration begins at the end minus the duration")
    func endAndDuration() throws {
        let term = try term(duration: .seconds(60), end: .at(160))
        #expect(term.beginTime == .at(100))
        #expect(term.endTime == .at(160))
    }

    @Test("Three values that agree are taken as they are")
    func threeThatAgree() throws {
        let term = try term(begin: .at(100), duration: .seconds(60), end: .at(160))
        #expect((term.beginTime, term.duration, term.endTime) == (.at(100), .seconds(60), .at(160)))
    }

    @Test("Three values that do not agree are refused, and the message says how far apart the two times are")
    func threeThatDisagree() throws {
        let problem = try #require(refusal(begin: .at(100), duration: .seconds(61), end: .at(160)))
        #expect(problem.field == "duration")
        #expect(problem.description.contains("1m0s apart"))
    }

    @Test("An end alone is refused")
    func endAlone() { #expect(refusal(end: .at(100))?.field == "duration") }

    @Test("A beginning alone is refused")
    func beginAlone() { #expect(refusal(begin: .at(100))?.field == "duration") }

    @Test("No time at all is refused")
    func nothing() { #expect(refusal()?.field == "duration") }

    @Test(
        "A duration that is not positive is refused, whatever stands beside it",
        arguments: [GoDuration.zero, .seconds(-1), GoDuration(nanoseconds: .min)]
    )
    func notPositive(duration: GoDuration) {
        #expect(refusal(duration: duration)?.field == "duration")
        #expect(refusal(begin: .at(1), duration: duration)?.field == "duration")
        #expect(refusal(duration: duration, end: .at(1))?.field == "duration")
    }

    @Test("An end that is not after the beginning is refused", arguments: [100, 99] as [Int64])
    func endBeforeBegin(end: Int64) { #expect(refusal(begin: .at(100), end: .at(end))?.field == "end_time") }

    @Test("A beginning in the past is accepted while the term is not over")
    func beginInThePast() throws {
        #expect(try term(begin: .at(-10), duration: .seconds(11)).beginTime == .at(-10))
    }

    @Test("A term that is over already is refused under the name of the field that says so")
    func over() {
        #expect(refusal(begin: .at(-10), duration: .seconds(10))?.field == "begin_time")
        #expect(refusal(begin: .at(-10), end: .at(0))?.field == "end_time")
        #expect(refusal(duration: .seconds(10), end: .at(-1))?.field == "end_time")
    }

    @Test("The longest durations do not overflow")
    func longest() throws {
        let longest = GoDuration(nanoseconds: .max)
        #expect(try term(begin: .at(0), duration: longest).duration == longest)
        #expect(try term(duration: longest).endTime == nil)
    }

    @Test(
        "Times that have no text in RFC 3339 are refused",
        arguments: [Int64.min, .max, -62_135_596_801, 253_402_300_800]
    )
    func outOfRange(seconds: Int64) {
        let time = Timestamp(seconds: seconds)
        #expect(refusal(begin: time, duration: .seconds(1))?.field == "begin_time")
        #expect(refusal(duration: .seconds(1), end: time)?.field == "end_time")
        #expect(refusal(begin: time, end: Timestamp(seconds: .max))?.field == "begin_time")
        #expect(refusal(begin: Timestamp(seconds: .min), end: time)?.field == "begin_time")
    }
}
