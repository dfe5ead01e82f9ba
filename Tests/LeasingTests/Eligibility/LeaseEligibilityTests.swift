import Leasing
import Resources
import Testing

@Suite struct LeaseEligibilityTests {
    private func refusal(of lease: Lease, in view: LabView) -> LeaseVerdict? {
        if case .refused(let verdict) = LeaseEligibility(of: lease, in: view) { verdict } else { nil }
    }

    private func candidates(of lease: Lease, in view: LabView) -> [String]? {
        guard case .candidates(let list) = LeaseEligibility(of: lease, in: view) else { return nil }
        return list.map(\.exporter)
    }

    @Test("Neither a selector nor an exporter's name is Invalid", arguments: [nil, ""])
    func nothingAskedFor(exporter: String?) throws {
        let verdict = try #require(
            refusal(of: .named(selector: LabelSelector(), exporter: exporter), in: LabView(.free("a")))
        )
        guard case .invalid(let why) = verdict else { return #expect(Bool(false), "got \(verdict)") }
        #expect(why.reason == "InvalidSelector")
    }

    @Test("A selector that Kubernetes would refuse is Invalid, and the message names the place")
    func malformedSelector() throws {
        let selector = LabelSelector(matchExpressions: [.init(key: "board", operator: .in, values: [])])
        let verdict = try #require(refusal(of: .named(selector: selector), in: LabView(.free("a"))))
        guard case .invalid(let why) = verdict else { return #expect(Bool(false), "got \(verdict)") }
        #expect(why.reason == "InvalidSelector")
        #expect(why.message.contains("spec.selector"))
    }

    @Test("A pinned exporter that does not exist is ExporterNotFound")
    func exporterNotFound() throws {
        let lease = Lease.named(selector: LabelSelector(), exporter: "gone")
        let verdict = try #require(refusal(of: lease, in: LabView(.free("a"))))
        guard case .unsatisfiable(let why) = verdict else { return #expect(Bool(false), "got \(verdict)") }
        #expect(why.reason == "ExporterNotFound")
        #expect(why.message.contains("\"gone\""))
    }

    @Test("A pinned exporter that the selector does not match is SelectorMismatch")
    func selectorMismatch() throws {
        let lease = Lease.named(selector: LabelSelector(matchLabels: ["board": "b"]), exporter: "a")
        let why = try #require(refusal(of: lease, in: LabView(.free("a")))?.explanation)
        #expect(why.reason == "SelectorMismatch")
        #expect(why.message.contains("board=b"))
    }

    @Test("A pinned exporter that the selector matches is the only candidate")
    func pinned() {
        #expect(candidates(of: .named(exporter: "b"), in: LabView(.free("a"), .free("b"))) == ["b"])
    }

    @Test("A pinned exporter that is disabled is ExporterDisabled unless that is allowed")
    func exporterDisabled() {
        let view = LabView(.free("a", enabled: false))
        #expect(refusal(of: .named(exporter: "a"), in: view)?.explanation?.reason == "ExporterDisabled")
        #expect(candidates(of: .named(exporter: "a", allowDisabled: true), in: view) == ["a"])
    }

    @Test("A selector leaves disabled exporters out, even where a pinned lease would be allowed one")
    func disabledLeftOut() {
        let view = LabView(.free("a", enabled: false), .free("b"))
        #expect(candidates(of: .named(), in: view) == ["b"])
        #expect(candidates(of: .named(allowDisabled: true), in: view) == ["b"])
    }

    @Test("A selector that matches only disabled exporters is AllDisabled and names them")
    func allDisabled() throws {
        let view = LabView(.free("b", enabled: false), .free("a", enabled: false), .free("c", labels: ["board": "c"]))
        let why = try #require(refusal(of: .named(), in: view)?.explanation)
        #expect(why.reason == "AllDisabled")
        #expect(why.message.hasSuffix("a, b"))
    }

    @Test("A selector that matches nothing is Unsatisfiable and shows the selector")
    func noMatch() throws {
        let verdict = try #require(refusal(of: .named(), in: LabView(.free("a", labels: ["board": "c"]))))
        guard case .unsatisfiable(let why) = verdict else { return #expect(Bool(false), "got \(verdict)") }
        #expect(why.message.contains("board=a"))
    }

    @Test("What an exporter is doing now does not matter for whether it may be had")
    func stateDoesNotMatter() {
        let view = LabView(.offline("a"), .held("b"), .busy("c", .afterLeaseHookFailed))
        #expect(candidates(of: .named(), in: view) == ["a", "b", "c"])
    }

    @Test("Without policies the order is by name")
    func orderByName() {
        #expect(candidates(of: .named(), in: LabView(.free("c"), .free("a"), .free("b"))) == ["a", "b", "c"])
    }
}
