import Leasing
import Resources
import Testing

@Suite struct LeaseTermChangeTests {
    private func changed(
        _ lease: Lease,
        begin: Timestamp? = nil,
        duration: GoDuration? = nil,
        end: Timestamp? = nil
    ) throws(LeaseTerm.Problem) -> LeaseTerm {
        try LeaseTerm.changed(lease, by: .init(beginTime: begin, duration: duration, endTime: end))
    }

    private func problem(
        _ lease: Lease,
        begin: Timestamp? = nil,
        duration: GoDuration? = nil,
        end: Timestamp? = nil
    ) -> LeaseTerm.Problem? {
        do {
            _ = try changed(lease, begin: begin, duration: duration, end: end)
            return nil
        } catch {
            return error
        }
    }

    @Test("A new duration of a running lease counts from its assignment and sets no end")
    func extend() throws {
        let term = try changed(.active(), duration: .seconds(1200))
        #expect(term.duration == .seconds(1200))
        #expect(term.endTime == nil)
        #expect(term.beginTime == nil)
    }

    @Test("A new duration moves an end that was given")
    func durationMovesEnd() throws {
        let lease = Lease.named(duration: .seconds(60), beginTime: .at(100), endTime: .at(160))
        let term = try changed(lease, duration: .seconds(90))
        #expect((term.beginTime, term.endTime) == (.at(100), .at(190)))
    }

    @Test("A new end changes the duration of a running lease")
    func endChangesDuration() throws {
        let term = try changed(.active(since: .at(50)), end: .at(150))
        #expect((term.duration, term.endTime) == (.seconds(100), .at(150)))
    }

    @Test("A new beginning keeps the duration and moves the end")
    func beginKeepsDuration() throws {
        let lease = Lease.named(duration: .seconds(60), beginTime: .at(100), endTime: .at(160))
        let term = try changed(lease, begin: .at(200))
        #expect((term.beginTime, term.duration, term.endTime) == (.at(200), .seconds(60), .at(260)))
    }

    @Test("A running lease may be shortened to a moment that has passed: it ends at once")
    func shortenToThePast() throws {
        #expect(try changed(.active(since: .at(0)), end: .at(1)).endTime == .at(1))
    }

    @Test("An end that is not after the beginning is refused")
    func endBeforeBeginning() {
        #expect(problem(.active(since: .at(50)), end: .at(50))?.field == "end_time")
    }

    @Test("An end alone is refused while the lease has no beginning")
    func endWithoutBeginning() {
        #expect(problem(.named(), end: .at(50))?.field == "end_time")
    }

    @Test("An end and a duration together are taken when they agree with the beginning, else refused")
    func endAndDuration() throws {
        #expect(try changed(.active(since: .at(0)), duration: .seconds(70), end: .at(70)).duration == .seconds(70))
        #expect(problem(.active(since: .at(0)), duration: .seconds(71), end: .at(70))?.field == "duration")
    }

    @Test("A duration that is not positive is refused", arguments: [0, -1] as [Int64])
    func notPositive(seconds: Int64) {
        #expect(problem(.active(), duration: .seconds(seconds))?.field == "duration")
    }

    @Test("A lease that carries only its two ends keeps their distance when its beginning moves")
    func impliedDuration() throws {
        let lease = Lease.named(duration: nil, beginTime: .at(100), endTime: .at(160))
        let term = try changed(lease, begin: .at(110))
        #expect((term.duration, term.endTime) == (.seconds(60), .at(170)))
    }

    @Test("A change that would put the end beyond what can be written is refused")
    func outOfRange() {
        let lease = Lease.named(
            duration: .seconds(60),
            beginTime: Timestamp(seconds: 253_402_300_700),
            endTime: Timestamp(seconds: 253_402_300_760)
        )
        #expect(problem(lease, duration: .seconds(600))?.field == "end_time")
        #expect(problem(lease, begin: Timestamp(seconds: .max))?.field == "begin_time")
    }
}
