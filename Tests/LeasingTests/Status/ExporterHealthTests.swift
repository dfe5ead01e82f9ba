import Leasing
import Resources
import Testing

@Suite struct ExporterHealthTests {
    private func condition(lastSeen: Timestamp?, state: ExporterState? = .available, now: Timestamp) -> Condition {
        ExporterHealth.condition(
            lastSeen: lastSeen,
            state: state,
            offlineTimeout: .seconds(60),
            now: now,
            generation: 3
        )
    }

    @Test("An exporter that was never seen is offline and says so")
    func neverSeen() {
        let condition = condition(lastSeen: nil, now: .at(0))
        #expect((condition.type, condition.status, condition.message) == ("Online", .isFalse, "Never seen"))
        #expect(condition.observedGeneration == 3)
    }

    @Test("Up to and including the time-out it is online, a second later it is not")
    func timeout() {
        #expect(condition(lastSeen: .at(0), now: .at(0)).status == .isTrue)
        #expect(condition(lastSeen: .at(0), now: .at(60)).status == .isTrue)
        let late = condition(lastSeen: .at(0), now: .at(61))
        #expect(late.status == .isFalse)
        #expect(late.message.contains("2026-01-31T08:00:00Z"))
    }

    @Test("An exporter that says it goes offline is offline at once")
    func saysOffline() {
        let condition = condition(lastSeen: .at(0), state: .offline, now: .at(0))
        #expect((condition.status, condition.reason) == (.isFalse, "Offline"))
    }

    @Test("Any other status, or none, is online", arguments: [nil] + ExporterState.allCases.filter { $0 != .offline })
    func otherStates(state: ExporterState?) {
        #expect(condition(lastSeen: .at(0), state: state, now: .at(1)).status == .isTrue)
    }

    @Test("A clock that was set back does not make an exporter offline")
    func clockSetBack() { #expect(condition(lastSeen: .at(1000), now: .at(0)).status == .isTrue) }
}
