import Leasing
import Resources
import Testing

@Suite struct LeaseStatusTransitionsTests {
    private typealias ConditionType = Lease.ConditionType

    private func waiting() -> Lease.Status {
        var status = Lease.Status()
        status.markPending(Explanation("NotAvailable", "all leased"), generation: 1, now: .at(1))
        return status
    }

    private func ready() -> Lease.Status {
        var status = waiting()
        let candidate = Candidate(exporter: "e", priority: 4, spotAccess: true)
        status.markReady(candidate, generation: 2, now: .at(2))
        return status
    }

    @Test("A waiting lease has one condition, Pending, with its reason")
    func pending() throws {
        let condition = try #require(waiting().conditions.first)
        #expect(waiting().conditions.count == 1)
        #expect((condition.type, condition.status, condition.reason) == ("Pending", .isTrue, "NotAvailable"))
        #expect(condition.observedGeneration == 1)
    }

    @Test("Another reason for waiting keeps the transition time")
    func pendingAgain() {
        var status = waiting()
        status.markPending(Explanation("Offline", "all offline"), generation: 1, now: .at(9))
        #expect(status.conditions[type: ConditionType.pending]?.reason == "Offline")
        #expect(status.conditions[type: ConditionType.pending]?.lastTransitionTime == .at(1))
    }

    @Test("An assignment sets exporter, terms and beginning; Pending becomes False and Ready True")
    func assignment() {
        let status = ready()
        #expect(status.exporterRef?.name == "e")
        #expect((status.priority, status.spotAccess, status.beginTime) == (4, true, .at(2)))
        #expect(status.conditions[type: ConditionType.pending]?.status == .isFalse)
        #expect(status.conditions[type: ConditionType.pending]?.lastTransitionTime == .at(2))
        #expect(status.conditions[type: ConditionType.ready]?.reason == "Ready")
        #expect(status.conditions.isTrue(ConditionType.ready))
        #expect(!status.ended)
    }

    @Test("A lease that is Ready at once says that it does not wait")
    func assignmentAtOnce() {
        var status = Lease.Status()
        status.markReady(Candidate(exporter: "e"), generation: 1, now: .at(0))
        #expect(status.conditions.map(\.type) == ["Pending", "Ready"])
    }

    @Test("The end sets the time and makes Ready False with the reason", arguments: [EndReason.released, .expired])
    func end(reason: EndReason) {
        var status = ready()
        status.markEnded(reason, message: "over", generation: 3, now: .at(5))
        #expect(status.ended)
        #expect(status.endTime == .at(5))
        #expect(status.exporterRef?.name == "e")
        let condition = status.conditions[type: ConditionType.ready]
        #expect(condition?.status == .isFalse)
        #expect(condition?.reason == reason.rawValue)
        #expect(condition?.lastTransitionTime == .at(5))
        #expect(status.conditions[type: ConditionType.pending]?.lastTransitionTime == .at(2))
    }

    @Test("A lease that ends while it waits does not wait any more")
    func endWhileWaiting() {
        var status = waiting()
        status.markEnded(.released, message: "over", generation: 1, now: .at(5))
        #expect(status.conditions[type: ConditionType.pending]?.status == .isFalse)
        #expect(status.conditions[type: ConditionType.ready]?.status == .isFalse)
    }

    @Test("A refused lease is over and its condition is True")
    func refusal() {
        var status = waiting()
        status.markUnsatisfiable(Explanation("NoAccess", "no"), generation: 1, now: .at(5))
        #expect(status.ended && status.endTime == .at(5) && status.exporterRef == nil)
        #expect(status.conditions.isTrue(ConditionType.unsatisfiable))
        #expect(!status.conditions.isTrue(ConditionType.pending))

        var invalid = Lease.Status()
        invalid.markInvalid(Explanation("InvalidSelector", "no"), generation: 1, now: .at(5))
        #expect(invalid.ended && invalid.conditions.map(\.type) == ["Invalid"])
    }

    @Test("The conditions keep one order, with Ready last, because real clients show the last one")
    func order() {
        var status = ready()
        status.markUnsatisfiable(Explanation("NoAccess", "no"), generation: 1, now: .at(5))
        status.markInvalid(Explanation("InvalidSelector", "no"), generation: 1, now: .at(5))
        #expect(status.conditions.map(\.type) == ["Invalid", "Unsatisfiable", "Pending", "Ready"])
    }

    @Test("A condition that is not ours stays, before ours")
    func foreignCondition() {
        var status = Lease.Status()
        status.markReady(Candidate(exporter: "e"), generation: 1, now: .at(0))
        status.conditions.append(
            Condition(type: "Other", status: .isTrue, lastTransitionTime: .at(0), reason: "R", message: "")
        )
        status.markEnded(.released, message: "", generation: 1, now: .at(1))
        #expect(status.conditions.map(\.type) == ["Other", "Pending", "Ready"])
    }
}
