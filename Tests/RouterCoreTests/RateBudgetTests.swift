import RouterCore
import Testing

@Suite("A budget of events")
struct RateBudgetTests {
    @Test("lets as many through in a window as it says, and no more")
    func limit() {
        var budget = RateBudget(limit: 3, window: 100)
        #expect([0, 1, 50, 99].map { budget.spend(now: $0) } == [true, true, true, false])
    }

    @Test("starts anew with the first event after the window")
    func nextWindow() {
        var budget = RateBudget(limit: 1, window: 100)
        #expect(budget.spend(now: 1_000) == true)
        #expect(budget.spend(now: 1_099) == false)
        #expect(budget.spend(now: 1_100) == true, "windows begin with an event, not with the clock")
        #expect(budget.spend(now: 1_199) == false)
        #expect(budget.spend(now: 9_000) == true)
    }

    @Test("of nothing lets nothing through")
    func nothing() {
        var budget = RateBudget(limit: 0)
        #expect(budget.spend(now: 0) == false)
    }

    @Test("lasts half a minute unless told otherwise")
    func window() {
        var budget = RateBudget(limit: 1)
        #expect(budget.spend(now: 0) == true)
        #expect(budget.spend(now: 29_999_999_999) == false)
        #expect(budget.spend(now: 30_000_000_000) == true)
    }
}
