import Resources
import Yams

/// One document of a stream, before it is read.
struct YAMLDocument: Hashable {
    /// Counted from 1, empty documents not counted.
    var number: Int
    /// The line of the stream on which the document begins, from 1.
    var line: Int
    var text: String
}

/// Reads YAML streams a document at a time, so that what is wrong with one does not hide the others.
enum YAMLReader {
    struct Failure: Error { var message: String }

    /// Deeper trees are refused: no object of ours comes near.
    private static let maximumDepth = 64

    /// The documents of a stream. Lines that begin with `---` part them: YAML allows these nowhere else.
    static func documents(_ stream: String) -> [YAMLDocument] {
        var documents: [YAMLDocument] = []
        var text = ""
        var start = 1
        func finish() {
            let isEmpty = text.split(whereSeparator: \.isNewline).allSatisfy { line in
                let content = line.drop { $0.isWhitespace }
                return content.isEmpty || content.hasPrefix("#")
            }
            if !isEmpty { documents.append(YAMLDocument(number: documents.count + 1, line: start, text: text)) }
            text = ""
        }
        for (index, line) in stream.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if line == "---" || line.hasPrefix("--- ") || line.hasPrefix("---\t") {
                finish()
                start = index + 1
                text = line.dropFirst(3) + "\n"
            } else {
                text += line + "\n"
            }
        }
        finish()
        return documents
    }

    /// A document as a tree, scalars by the core schema of YAML 1.2 as far as JSON has the type.
    /// - Throws: `Failure`.
    static func value(_ document: YAMLDocument) throws(Failure) -> JSONValue {
        let node: Node?
        do {
            node = try Yams.compose(yaml: document.text)
        } catch {
            // The parser explains itself over several lines; positions are those within the document.
            let lines = "\(error)".split(whereSeparator: \.isNewline).filter { $0 != "^" }
            throw Failure(message: "is not YAML: \(lines.joined(separator: " "))")
        }
        guard let node else { throw Failure(message: "is empty; an object was expected") }
        return try value(node, depth: 0)
    }

    private static func value(_ node: Node, depth: Int) throws(Failure) -> JSONValue {
        if depth > maximumDepth { throw Failure(message: "is nested deeper than \(maximumDepth)") }
        switch node {
        case .mapping(let mapping):
            var members: [String: JSONValue] = [:]
            for (key, member) in mapping {
                guard let name = key.string else { throw Failure(message: "has a key that is not text") }
                members[name] = try value(member, depth: depth + 1)
            }
            return .object(members)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            for element in sequence { elements.append(try value(element, depth: depth + 1)) }
            return .array(elements)
        case .scalar: return scalar(node)
        case .alias: throw Failure(message: "holds an alias that cannot be resolved")
        }
    }

    private static func scalar(_ node: Node) -> JSONValue {
        // A scalar that was quoted, or that no other type of the core schema fits.
        if node.tag == Tag(.str) { return .string(node.string ?? "") }
        if node.null != nil { return .null }
        if let flag = node.bool { return .bool(flag) }
        if let number = node.int { return .integer(Int64(number)) }
        if let number = node.float, number.isFinite { return .number(number) }
        return .string(node.string ?? "")
    }
}
