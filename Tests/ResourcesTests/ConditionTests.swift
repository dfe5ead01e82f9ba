import Resources
import Testing

@Suite("Condition")
struct ConditionTests {
    private static func ready(_ status: Condition.Status, at seconds: Int64, reason: String = "R") -> Condition {
        Condition(
            type: "Ready",
            status: status,
            lastTransitionTime: Timestamp(seconds: seconds),
            reason: reason,
            message: "m"
        )
    }

    @Test("is added when there was none of its type")
    func adding() {
        var conditions: [Condition] = []
        conditions.set(Self.ready(.isTrue, at: 1))
        #expect(conditions == [Self.ready(.isTrue, at: 1)])
        #expect(conditions.isTrue("Ready"))
        #expect(!conditions.isTrue("Pending"))
    }

    @Test("keeps its transition time while the status stays, whatever the reason")
    func keeping() {
        var conditions = [Self.ready(.isTrue, at: 1)]
        conditions.set(Self.ready(.isTrue, at: 5, reason: "Other"))
        #expect(conditions == [Self.ready(.isTrue, at: 1, reason: "Other")])
    }

    @Test("moves its transition time with the status, in its place")
    func moving() {
        var other = Self.ready(.isTrue, at: 1)
        other.type = "Pending"
        var conditions = [Self.ready(.isTrue, at: 1), other]
        conditions.set(Self.ready(.unknown, at: 5))
        #expect(conditions == [Self.ready(.unknown, at: 5), other])
        #expect(!conditions.isTrue("Ready"))
    }
}
