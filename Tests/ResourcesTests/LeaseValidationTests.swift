import Resources
import Testing

@Suite("Validation of leases")
struct LeaseValidationTests {
    private static func lease(_ change: (inout Lease.Spec) -> Void = { _ in }) -> Lease {
        var spec = Lease.Spec(
            clientRef: LocalObjectReference(name: "alice"),
            duration: GoDuration(seconds: 60),
            selector: LabelSelector(matchLabels: ["board": "rpi"])
        )
        change(&spec)
        return Lease(metadata: ObjectMeta(name: "lease", namespace: "lab"), spec: spec)
    }

    private static func fields(_ lease: Lease, replacing old: Lease? = nil) -> [String] {
        lease.problems(replacing: old).map(\.field)
    }

    @Test("accepts a selector, an exporter, or both")
    func accepting() {
        #expect(Self.fields(Self.lease()).isEmpty)
        let pinned = Self.lease {
            $0.selector = LabelSelector()
            $0.exporterRef = LocalObjectReference(name: "rpi-1")
            $0.allowDisabled = true
        }
        #expect(Self.fields(pinned).isEmpty)
        #expect(Self.fields(Self.lease { $0.exporterRef = LocalObjectReference(name: "rpi-1") }).isEmpty)
    }

    @Test("refuses a lease of nothing and one for nobody")
    func refusingEmpty() {
        #expect(Self.fields(Self.lease { $0.selector = LabelSelector() }) == ["spec"])
        #expect(Self.fields(Self.lease { $0.clientRef.name = "" }) == ["spec.clientRef.name"])
        #expect(Self.fields(Self.lease { $0.allowDisabled = true }) == ["spec.allowDisabled"])
    }

    @Test("refuses durations and times that make no sense")
    func times() {
        #expect(Self.fields(Self.lease { $0.duration = .zero }) == ["spec.duration"])
        #expect(Self.fields(Self.lease { $0.duration = GoDuration(seconds: -1) }) == ["spec.duration"])
        let backwards = Self.lease {
            $0.beginTime = Timestamp(seconds: 10)
            $0.endTime = Timestamp(seconds: 10)
        }
        #expect(Self.fields(backwards) == ["spec.endTime"])
    }

    @Test("holds at most ten tags with plain names and label values")
    func tags() {
        let ten = Dictionary(uniqueKeysWithValues: (0..<10).map { ("tag-\($0)", "v") })
        #expect(Self.fields(Self.lease { $0.tags = ten }).isEmpty)
        let eleven = ten.merging(["another": "v"]) { first, _ in first }
        #expect(Self.fields(Self.lease { $0.tags = eleven }) == ["spec.tags"])
        #expect(Self.fields(Self.lease { $0.tags = ["a/b": "v"] }) == ["spec.tags"])
        #expect(Self.fields(Self.lease { $0.tags = ["jumpstarter.dev": "v"] }) == ["spec.tags"])
        #expect(Self.fields(Self.lease { $0.tags = ["a": "not a value"] }) == ["spec.tags[a]"])
    }

    @Test("holds at most eight entries of context, keys to 32 and values to 64 characters")
    func context() {
        let eight = Dictionary(uniqueKeysWithValues: (0..<8).map { ("key-\($0)", "v") })
        #expect(Self.fields(Self.lease { $0.context = eight }).isEmpty)
        let nine = eight.merging(["another": "v"]) { first, _ in first }
        #expect(Self.fields(Self.lease { $0.context = nine }) == ["spec.context"])
        let longest = [String(repeating: "k", count: 32): String(repeating: "ä", count: 64)]
        #expect(Self.fields(Self.lease { $0.context = longest }).isEmpty)
        #expect(Self.fields(Self.lease { $0.context = [String(repeating: "k", count: 33): "v"] }) == ["spec.context"])
        let value = String(repeating: "v", count: 65)
        #expect(Self.fields(Self.lease { $0.context = ["k": value] }) == ["spec.context[k]"])
    }

    @Test("tags and context cannot change once they are set")
    func immutability() {
        let tagged = Self.lease {
            $0.tags = ["a": "1"]
            $0.context = ["c": "1"]
        }
        #expect(Self.fields(tagged, replacing: Self.lease()).isEmpty)
        #expect(Self.fields(tagged, replacing: tagged).isEmpty)
        #expect(Self.fields(Self.lease(), replacing: tagged) == ["spec.tags", "spec.context"])
        let other = Self.lease {
            $0.tags = ["a": "2"]
            $0.context = ["c": "1"]
        }
        #expect(Self.fields(other, replacing: tagged) == ["spec.tags"])
    }

    @Test("names the part of a selector that is wrong")
    func selectors() {
        let lease = Self.lease {
            $0.selector.matchExpressions = [
                .init(key: "a", operator: .in), .init(key: "b", operator: .exists, values: ["x"]),
                .init(key: "c c", operator: .doesNotExist),
            ]
        }
        #expect(
            Self.fields(lease) == [
                "spec.selector.matchExpressions[0].values", "spec.selector.matchExpressions[1].values",
                "spec.selector.matchExpressions[2].key",
            ]
        )
    }
}
