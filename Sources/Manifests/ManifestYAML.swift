import Resources
import Yams

/// Prints objects as YAML documents, in the order of keys that people know.
enum ManifestYAML {
    /// Printed first, in this order; other keys follow by the alphabet.
    private static let first = ["apiVersion", "kind", "metadata", "name", "namespace"]

    static func print(_ objects: [JSONValue]) -> String {
        objects.map { "---\n" + document($0) }.joined()
    }

    private static func document(_ object: JSONValue) -> String {
        do {
            return try Yams.serialize(node: node(object), width: -1, allowUnicode: true)
        } catch {
            // The emitter refuses only trees with aliases, and ours has none.
            preconditionFailure("an object that has no YAML form: \(error)")
        }
    }

    private static func node(_ value: JSONValue) -> Node {
        switch value {
        case .null: Node("null", Tag(.null))
        case .bool(let value): Node(value ? "true" : "false", Tag(.bool))
        case .integer(let value): Node("\(value)", Tag(.int))
        case .number(let value): Node("\(value)", Tag(.float))
        case .string(let text): Node(text, Tag(.str), style(text))
        case .array(let elements): Node(elements.map(node), Tag(.seq), elements.isEmpty ? .flow : .block)
        case .object(let members):
            Node(
                members.sorted { rank($0.key) < rank($1.key) }.map { (node(.string($0.key)), node($0.value)) },
                Tag(.map),
                members.isEmpty ? .flow : .block
            )
        }
    }

    private static func rank(_ key: String) -> (Int, String) { (first.firstIndex(of: key) ?? first.count, key) }

    /// Plain only what no reader of YAML takes for something else than text.
    private static func style(_ text: String) -> Node.Scalar.Style {
        if text.contains("\n") { return .literal }
        let words: Set<String> = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        let isPlain =
            text.first?.isLetter == true && !words.contains(text.lowercased())
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D || byte == 0x2E || byte == 0x2F || byte == 0x5F
            }
        return isPlain ? .plain : .doubleQuoted
    }
}
