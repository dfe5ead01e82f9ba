import Yams

/// Turns text into a tree of nodes.
enum YAMLDocument {
    /// Longest document, in bytes: what fits into a ConfigMap.
    static let maximumLength = 1 << 20

    /// The root of a document with one map in it; nil for an empty document.
    static func root(of text: String, source: String) throws(ConfigurationError) -> Node? {
        guard text.utf8.count <= maximumLength else {
            throw failure(source, line: nil, "is longer than \(maximumLength) bytes")
        }
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw failure(source, line: line(of: error), summary(of: error))
        } catch {
            throw failure(source, line: nil, "\(error)")
        }
    }

    private static func failure(_ source: String, line: Int?, _ message: String) -> ConfigurationError {
        ConfigurationError(source: source, issues: [ConfigurationIssue(path: "", line: line, message: message)])
    }

    private static func line(of error: YamlError) -> Int? {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    private static func summary(of error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _):
            "is not YAML: \(problem)"
        case .duplicatedKeysInMapping(let keys, _):
            "has keys that are given twice: \(keys.sorted().joined(separator: ", "))"
        default:
            "is not YAML: \(error)"
        }
    }
}
