import Yams

/// The type of a scalar by the core schema of YAML 1.2, narrowed to what the configuration uses: only `true` and
/// `false` are booleans, so that `no` and `on` stay text, and quoted scalars are always text.
enum ScalarKind {
    case null
    case bool
    case integer
    case number
    case string

    /// Nil when the node is no scalar.
    init?(of node: Node) {
        guard let scalar = node.scalar else { return nil }
        guard scalar.style == .plain || scalar.style == .any else {
            self = .string
            return
        }
        let number = /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/
        switch scalar.string {
        case "", "~", "null": self = .null
        case "true", "false": self = .bool
        case let text where text.wholeMatch(of: /[-+]?[0-9]+/) != nil: self = .integer
        case let text where text.wholeMatch(of: number) != nil: self = .number
        default: self = .string
        }
    }

    /// What a node is, for messages. Long text is cut.
    static func describe(_ node: Node) -> String {
        switch node {
        case .mapping: "a map"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar): describe(scalar.string, kind: ScalarKind(of: node))
        }
    }

    private static func describe(_ text: String, kind: ScalarKind?) -> String {
        switch kind {
        case .bool: "the boolean \(text)"
        case .integer, .number: "the number \(text.prefix(40))"
        default: "the text \"\(text.prefix(40))\(text.count > 40 ? "..." : "")\""
        }
    }
}
