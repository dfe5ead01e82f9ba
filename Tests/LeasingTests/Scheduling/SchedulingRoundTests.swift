import Leasing
import Resources
import Testing

@Suite struct SchedulingRoundTests {
    private func decide(_ leases: Lease..., view: LabView, reserved: Set<String> = []) -> [String: LeaseVerdict] {
        SchedulingRound.decide(
            waiting: leases.enumerated().map { WaitingLease(lease: $0.element, arrival: UInt64($0.offset)) },
            view: view,
            reserved: reserved
        )
    }

    private func reason(_ view: LabView, reserved: Set<String> = []) -> String? {
        guard case .pending(let why) = decide(.named("l"), view: view, reserved: reserved)["l"] else { return nil }
        return why.reason
    }

    @Test("Nothing waits, nothing is decided")
    func nothing() { #expect(decide(view: LabView(.free("a"))).isEmpty) }

    @Test("A free exporter is assigned")
    func assigns() {
        #expect(decide(.named("l"), view: LabView(.free("a")))["l"] == .assign(Candidate(exporter: "a")))
    }

    @Test("A lease that can never be had gets its refusal, and others are served all the same")
    func refusals() {
        let verdicts = decide(.named("bad", selector: LabelSelector()), .named("good"), view: LabView(.free("a")))
        #expect(verdicts["bad"]?.explanation?.reason == "InvalidSelector")
        #expect(verdicts["good"]?.exporter == "a")
    }

    @Test("Only offline exporters: Pending Offline")
    func offline() { #expect(reason(LabView(.offline("a"), .offline("b"))) == "Offline") }

    @Test("All taken: Pending NotAvailable, also when some are offline")
    func notAvailable() {
        #expect(reason(LabView(.held("a"))) == "NotAvailable")
        #expect(reason(LabView(.held("a"), .offline("b"))) == "NotAvailable")
    }

    @Test("Taken by an assignment under way: Pending NotAvailable")
    func reserved() { #expect(reason(LabView(.free("a")), reserved: ["a"]) == "NotAvailable") }

    @Test("Online but cleaning up: Pending NotReady, and the message says in what state")
    func notReady() throws {
        let view = LabView(.busy("a", .afterLeaseHook), .held("b"))
        #expect(reason(view) == "NotReady")
        let why = try #require(decide(.named("l"), view: view)["l"]?.explanation)
        #expect(why.message.contains("a (AfterLeaseHook)"))
    }

    @Test("A message about many exporters names five and counts the rest")
    func longMessage() throws {
        var view = LabView()
        for index in 1...7 { view.exporters["e\(index)"] = .offline("e\(index)") }
        let message = try #require(decide(.named("l"), view: view)["l"]?.explanation?.message)
        #expect(message.contains("e1, e2, e3, e4, e5 and 2 more"))
    }

    @Test("A lease takes the best of the free exporters")
    func bestExporter() {
        let view = LabView(
            .free("a", labels: ["board": "a", "tier": "spot"]),
            .free("b", labels: ["board": "a", "tier": "low"]),
            .free("c", labels: ["board": "a", "tier": "high"]),
            policies: [
                .named("spot", exporters: ["tier": "spot"], .grant(priority: 50, spot: true)),
                .named("low", exporters: ["tier": "low"], .grant(priority: 1)),
                .named("high", exporters: ["tier": "high"], .grant(priority: 9)),
            ]
        )
        #expect(decide(.named("l"), view: view)["l"] == .assign(Candidate(exporter: "c", priority: 9)))
        #expect(decide(.named("l"), view: view, reserved: ["c"])["l"]?.exporter == "b")
        #expect(decide(.named("l"), view: view, reserved: ["b", "c"])["l"]?.exporter == "a")
    }

    @Test("With equal terms exporters go by name")
    func byName() {
        let verdicts = decide(.named("l1"), .named("l2"), view: LabView(.free("b"), .free("a")))
        #expect(verdicts["l1"]?.exporter == "a")
        #expect(verdicts["l2"]?.exporter == "b")
    }

    @Test("Among waiting leases the higher priority goes first, then the older")
    func waitingOrder() {
        let view = LabView(
            .free("a"),
            clients: [.named("low", labels: ["tier": "low"]), .named("high", labels: ["tier": "high"])],
            policies: [.named("p", .grant(to: ["tier": "low"], priority: 1), .grant(to: ["tier": "high"], priority: 2))]
        )
        let first = decide(
            .named("l1", client: "low"),
            .named("l2", client: "high"),
            .named("l3", client: "high"),
            view: view
        )
        #expect(first["l2"]?.exporter == "a")
        #expect(first["l1"]?.explanation?.reason == "NotAvailable" || first["l1"]?.explanation != nil)
        #expect(first["l3"]?.exporter == nil)
        #expect(decide(.named("l1", client: "low"), .named("l2", client: "low"), view: view)["l1"]?.exporter == "a")
    }

    @Test("A lease with spot access only comes after one that has full access, whatever the priorities")
    func spotWaits() {
        let view = LabView(
            .free("a"),
            clients: [.named("spot", labels: ["tier": "spot"]), .named("full", labels: ["tier": "full"])],
            policies: [
                .named("p", .grant(to: ["tier": "spot"], priority: 99, spot: true), .grant(to: ["tier": "full"]))
            ]
        )
        let verdicts = decide(.named("l1", client: "spot"), .named("l2", client: "full"), view: view)
        #expect(verdicts["l2"]?.exporter == "a")
        #expect(verdicts["l1"]?.exporter == nil)
    }

    @Test("An older lease that could have either leaves the pinned one its exporter when there is another")
    func pinnedBesideOpen() {
        let verdicts = decide(.named("open"), .named("pinned", exporter: "b"), view: LabView(.free("a"), .free("b")))
        #expect(verdicts["open"]?.exporter == "a")
        #expect(verdicts["pinned"]?.exporter == "b")
    }

    @Test("Among equals age alone decides")
    func age() {
        let waiting = [
            WaitingLease(lease: .named("young"), arrival: 9), WaitingLease(lease: .named("old"), arrival: 3),
        ]
        let verdicts = SchedulingRound.decide(waiting: waiting, view: LabView(.free("a")))
        #expect(verdicts["old"]?.exporter == "a")
    }
}
