import TestSupport
import Testing

@Suite("TestClock", .timeLimit(.minutes(1)))
struct TestClockTests {
    @Test("wakes sleepers when their time has come, not before")
    func waking() async throws {
        let clock = TestClock()
        async let early: Void = clock.sleep(for: .seconds(1))
        async let late: Void = clock.sleep(for: .seconds(2))
        await clock.waitForSleepers(2)
        #expect(clock.timeToNextDeadline == .seconds(1))
        clock.advance(by: .seconds(1))
        try await early
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(1))
        try await late
    }

    @Test("lets a cancelled sleeper go")
    func cancelling() async throws {
        let clock = TestClock()
        let sleeper = Task { try await clock.sleep(for: .seconds(1)) }
        await clock.waitForSleepers()
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test("does not keep those who want to sleep until now or earlier")
    func past() async throws {
        let clock = TestClock()
        clock.advance(by: .seconds(5))
        try await clock.sleep(until: TestClock.Instant(offset: .seconds(5)), tolerance: nil)
    }
}
