import Resources
import TestSupport
import Testing

@Suite("LabelSelector")
struct LabelSelectorTests {
    @Test(
        "parses Kubernetes' string form and prints the canonical one",
        arguments: [
            ("", ""), (" ", ""), ("a=b", "a=b"), ("a==b", "a=b"), (" a = b ", "a=b"), ("a!=b", "a notin (b)"),
            ("a!=b,a!=c,a!=b", "a notin (b,c)"), ("b=1,a=2", "a=2,b=1"), ("a in (y,x)", "a in (x,y)"),
            ("a in (x, x)", "a in (x)"), ("a notin (x)", "a notin (x)"), ("a", "a"), ("!a", "!a"), ("! a", "!a"),
            ("a=", "a="), ("a in ()", "a in ()"), ("in in (in)", "in in (in)"),
            ("example.com/a=b,c", "c,example.com/a=b"), ("a=b,a=b", "a=b"), ("a in(x)", "a in (x)"),
        ]
    )
    func parsing(_ text: String, _ canonical: String) throws {
        #expect(try LabelSelector(parsing: text).description == canonical)
    }

    @Test("puts equality into matchLabels and joins several != of one key")
    func shape() throws {
        let selector = try LabelSelector(parsing: "a=b,c!=y,c!=x,c!=y")
        #expect(selector.matchLabels == ["a": "b"])
        #expect(selector.matchExpressions == [.init(key: "c", operator: .notIn, values: ["y", "x"])])
    }

    @Test(
        "says where reading stopped",
        arguments: [
            ("a b", 2), ("a=b,", 4), ("a in x", 5), ("a in (x", 7), ("=b", 0), ("a!b", 2), ("a=b,a=c", 6),
            ("a=b c", 4), ("-a", 0), ("a=$", 2), ("a,,b", 2), (",a", 0), ("a in (x;y)", 6), ("a/b/c", 0),
            ("!", 1), ("a=b=c", 3),
        ]
    )
    func errors(_ text: String, _ position: Int) {
        let error = #expect(throws: LabelSelector.ParseError.self) { try LabelSelector(parsing: text) }
        #expect(error?.position == position)
        #expect(error?.description.contains("at character \(position + 1)") == true)
    }

    @Test("what is printed parses back to the same", arguments: [1, 2, 3] as [UInt64])
    func roundTrip(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let selector = Self.selector(&generator)
            #expect(try LabelSelector(parsing: selector.description) == selector)
        }
    }

    @Test("matches exactly the labels that a naive reading of the rules matches", arguments: [4, 5, 6] as [UInt64])
    func matching(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var outcomes: Set<Bool> = []
        for _ in 0..<2_000 {
            let selector = Self.selector(&generator)
            let labels = Self.labels(&generator)
            let expected = Self.naiveMatch(selector, labels)
            #expect(selector.matches(labels) == expected, "\(selector) \(labels)")
            outcomes.insert(expected)
        }
        #expect(outcomes == [true, false])
    }

    private static let keys = ["a", "b", "example.com/c", "in", "notin"]
    private static let values = ["", "1", "2", "x-y", "in"]

    private static func labels(_ generator: inout SeededGenerator) -> [String: String] {
        var labels: [String: String] = [:]
        for key in keys where Bool.random(using: &generator) {
            labels[key] = values.randomElement(using: &generator)
        }
        return labels
    }

    /// In canonical form: expressions in the order of printing, values sorted.
    private static func selector(_ generator: inout SeededGenerator) -> LabelSelector {
        var selector = LabelSelector()
        for key in keys where Int.random(in: 0..<5, using: &generator) == 0 {
            selector.matchLabels[key] = values.randomElement(using: &generator)
        }
        for key in keys where Int.random(in: 0..<3, using: &generator) == 0 {
            guard let kind = LabelSelector.Operator.allCases.randomElement(using: &generator) else { continue }
            let count = Int.random(in: 1...3, using: &generator)
            let some = kind == .in || kind == .notIn ? values.shuffled(using: &generator).prefix(count).sorted() : []
            selector.matchExpressions.append(.init(key: key, operator: kind, values: some))
        }
        selector.matchExpressions.sort { ($0.key, $0.description) < ($1.key, $1.description) }
        return selector
    }

    private static func naiveMatch(_ selector: LabelSelector, _ labels: [String: String]) -> Bool {
        for (key, value) in selector.matchLabels {
            guard let found = labels[key] else { return false }
            if found != value { return false }
        }
        for expression in selector.matchExpressions {
            let found = labels[expression.key]
            switch expression.operator {
            case .exists: if found == nil { return false }
            case .doesNotExist: if found != nil { return false }
            case .in:
                guard let found, expression.values.contains(where: { $0 == found }) else { return false }
            case .notIn:
                if let found, expression.values.contains(where: { $0 == found }) { return false }
            }
        }
        return true
    }
}
