import Leasing
import Resources
import Testing

@Suite struct AccessPolicyTests {
    private let alice = Client.named("alice", labels: ["team": "kernel"])

    private func candidates(of lease: Lease, in view: LabView) -> [Candidate]? {
        if case .candidates(let list) = LeaseEligibility(of: lease, in: view) { list } else { nil }
    }

    private func refusal(of lease: Lease, in view: LabView) -> Explanation? {
        if case .refused(.unsatisfiable(let why)) = LeaseEligibility(of: lease, in: view) { why } else { nil }
    }

    @Test("Without any policy everything is allowed at priority 0")
    func noPolicies() {
        #expect(candidates(of: .named(), in: LabView(.free("a"))) == [Candidate(exporter: "a")])
    }

    @Test("A matching entry gives its terms")
    func terms() {
        let policy = ExporterAccessPolicy.named(
            "p",
            exporters: ["board": "a"],
            .grant(to: ["team": "kernel"], priority: 7, spot: true)
        )
        let view = LabView(.free("a"), clients: [alice], policies: [policy])
        #expect(candidates(of: .named(), in: view) == [Candidate(exporter: "a", priority: 7, spotAccess: true)])
    }

    @Test("Of several entries the best counts: non-spot before spot, then the higher priority")
    func bestEntry() {
        let policy = ExporterAccessPolicy.named(
            "p",
            .grant(priority: 100, spot: true),
            .grant(priority: 3),
            .grant(priority: 5)
        )
        let view = LabView(.free("a"), clients: [alice], policies: [policy])
        #expect(candidates(of: .named(), in: view) == [Candidate(exporter: "a", priority: 5)])
    }

    @Test("Candidates are ordered: non-spot before spot, then priority, then name")
    func order() {
        let view = LabView(
            .free("a", labels: ["board": "a", "tier": "spot"]),
            .free("b", labels: ["board": "a", "tier": "low"]),
            .free("c", labels: ["board": "a", "tier": "high"]),
            .free("d", labels: ["board": "a", "tier": "high"]),
            clients: [alice],
            policies: [
                .named("spot", exporters: ["tier": "spot"], .grant(priority: 50, spot: true)),
                .named("low", exporters: ["tier": "low"], .grant(priority: 1)),
                .named("high", exporters: ["tier": "high"], .grant(priority: 9)),
            ]
        )
        #expect(candidates(of: .named(), in: view)?.map(\.exporter) == ["c", "d", "b", "a"])
    }

    @Test("An entry without sources is for nobody, one with an empty selector for everybody")
    func sources() {
        let nobody = ExporterAccessPolicy.named("p", .init(from: []))
        #expect(refusal(of: .named(), in: LabView(.free("a"), clients: [alice], policies: [nobody])) != nil)
        let everybody = ExporterAccessPolicy.named("p", .grant())
        #expect(candidates(of: .named(), in: LabView(.free("a"), policies: [everybody])) != nil)
    }

    @Test("One of several sources is enough")
    func anySource() {
        var entry = ExporterAccessPolicy.Entry.grant(to: ["team": "other"])
        entry.from.append(.init(clientSelector: LabelSelector(matchLabels: ["team": "kernel"])))
        let view = LabView(.free("a"), clients: [alice], policies: [.named("p", entry)])
        #expect(candidates(of: .named(), in: view) != nil)
    }

    @Test("A policy for other exporters, other clients or shorter leases leaves NoAccess with every description")
    func noAccess() throws {
        let view = LabView(
            .free("a"),
            clients: [alice],
            policies: [
                .named("p1", exporters: ["board": "z"], .grant("The other boards")),
                .named("p2", .grant(to: ["team": "other"], "The other team")),
                .named("p3", .grant(to: ["team": "kernel"], "Short leases", atMost: .seconds(60))),
                .named("p4", .grant(to: ["team": "other"])),
            ]
        )
        let why = try #require(refusal(of: .named(), in: view))
        #expect(why.reason == "NoAccess")
        for part in ["The other boards", "The other team", "Short leases", "at most 1m0s", "policy p4", "alice"] {
            #expect(why.message.contains(part), "\(part) is missing in: \(why.message)")
        }
    }

    @Test("A policy without entries allows nothing")
    func emptyPolicy() {
        #expect(refusal(of: .named(), in: LabView(.free("a"), policies: [.named("p")]))?.reason == "NoAccess")
    }

    @Test("The longest duration is allowed to the second, and counted from the two ends where no duration is given")
    func maximumDuration() {
        let policy = ExporterAccessPolicy.named("p", .grant(atMost: .seconds(600)))
        let view = LabView(.free("a"), policies: [policy])
        #expect(candidates(of: .named(duration: .seconds(600)), in: view) != nil)
        #expect(candidates(of: .named(duration: .seconds(601)), in: view) == nil)
        #expect(candidates(of: .named(duration: nil, beginTime: .at(0), endTime: .at(600)), in: view) != nil)
        #expect(candidates(of: .named(duration: nil, beginTime: .at(0), endTime: .at(601)), in: view) == nil)
        #expect(candidates(of: .named(duration: nil), in: view) == nil)
    }

    @Test("Policies hold for a pinned lease too")
    func pinned() {
        let view = LabView(.free("a"), clients: [alice], policies: [.named("p", .grant(to: ["team": "other"]))])
        #expect(refusal(of: .named(exporter: "a"), in: view)?.reason == "NoAccess")
    }

    @Test("An exporter that no policy allows is left out, others stay")
    func partly() {
        let policy = ExporterAccessPolicy.named("p", exporters: ["floor": "1"], .grant())
        let view = LabView(
            .free("a"),
            .free("b", labels: ["board": "a", "floor": "1"]),
            policies: [policy]
        )
        #expect(candidates(of: .named(), in: view)?.map(\.exporter) == ["b"])
    }

    @Test("A running lease is refused a change that no policy would allow, but keeps a disabled exporter")
    func accessRefusal() {
        let policy = ExporterAccessPolicy.named("p", .grant(to: ["team": "kernel"], "Kernel", atMost: .seconds(600)))
        let exporter = Exporter.free("a", enabled: false)
        let view = LabView(exporter, clients: [alice, .named("bob")], policies: [policy])
        #expect(LeaseEligibility.accessRefusal(of: .named(), to: exporter, in: view) == nil)
        #expect(LeaseEligibility.accessRefusal(of: .named(client: "bob"), to: exporter, in: view)?.reason == "NoAccess")
        let longer = Lease.named(duration: .seconds(601))
        #expect(LeaseEligibility.accessRefusal(of: longer, to: exporter, in: view)?.message.contains("Kernel") == true)
        #expect(LeaseEligibility.accessRefusal(of: longer, to: exporter, in: LabView(exporter)) == nil)
    }
}
