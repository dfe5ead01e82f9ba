import Resources
import Yams

/// Prints objects as documents of one YAML stream, in the order of keys that people know.
enum YAMLWriter {
    /// Printed first, in this order; other keys follow by the alphabet.
    private static let first = ["apiVersion", "kind", "metadata", "name", "namespace"]
    /// What older readers of YAML take for something else than text.
    private static let words: Set<String> = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]

    /// - Throws: `YamlError` for a tree that has no YAML form; no JSON tree is one.
    static func text(_ objects: [JSONValue]) throws -> String {
        try objects.map { "---\n" + (try Yams.serialize(node: node($0), width: -1, allowUnicode: true)) }.joined()
    }

    private static func node(_ value: JSONValue) -> Node {
        switch value {
        case .null: Node("null", Tag(.null))
        case .bool(let value): Node(value ? "true" : "false", Tag(.bool))
        case .integer(let value): Node("\(value)", Tag(.int))
        case .number(let value): Node("\(value)", Tag(.float))
        case .string(let text): Node(text, Tag(.str), isPlain(text) ? .plain : .doubleQuoted)
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

    private static func isPlain(_ text: String) -> Bool {
        text.first?.isLetter == true && !words.contains(text.lowercased())
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D || byte == 0x2E || byte == 0x2F || byte == 0x5F
            }
    }
}
