import Resources
import Yams

/// A place in the document, with the means to read it. Each reading method reports what is wrong and returns the
/// fallback, so that reading goes on and finds further errors. An absent key and an explicit null mean the default.
struct ConfigurationValue {
    let node: Node?
    let path: String
    let issues: IssueCollector

    init(node: Node?, path: String, issues: IssueCollector) {
        self.node = node.flatMap { ScalarKind(of: $0) == .null ? nil : $0 }
        self.path = path
        self.issues = issues
    }

    var isAbsent: Bool { node == nil }

    /// Absent, or text without characters.
    var isEmptyText: Bool { node.map { $0.scalar?.string.isEmpty ?? false } ?? true }

    /// Absent, or a list without elements.
    var isEmptyList: Bool { node.map { $0.sequence?.isEmpty ?? false } ?? true }

    func report(_ message: String) {
        issues.report(path, line: node?.mark?.line, message)
    }

    func object() -> ObjectReader {
        guard let node else { return ObjectReader(value: self, mapping: nil) }
        guard let mapping = node.mapping else {
            reportType(expected: "a map of keys to values", node)
            return ObjectReader(value: self, mapping: nil)
        }
        return ObjectReader(value: self, mapping: mapping)
    }

    func list() -> [ConfigurationValue] {
        guard let node else { return [] }
        guard let sequence = node.sequence else {
            reportType(expected: "a list", node)
            return []
        }
        return sequence.enumerated().map { index, element in
            ConfigurationValue(node: element, path: "\(path)[\(index)]", issues: issues)
        }
    }

    /// The entries of a map whose keys are the user's own.
    func entries() -> [(key: String, value: ConfigurationValue)] {
        guard let node else { return [] }
        guard let mapping = node.mapping else {
            reportType(expected: "a map of keys to values", node)
            return []
        }
        return mapping.compactMap { key, value in
            guard let name = key.scalar?.string else {
                report("a key is not text")
                return nil
            }
            return (name, ConfigurationValue(node: value, path: "\(path)[\"\(name)\"]", issues: issues))
        }
    }
}

extension ConfigurationValue {
    func string(default fallback: String = "") -> String {
        guard let node else { return fallback }
        guard let scalar = node.scalar, ScalarKind(of: node) == .string else {
            reportType(expected: "text (in quotes where it looks like something else)", node)
            return fallback
        }
        return scalar.string
    }

    func bool(default fallback: Bool) -> Bool {
        guard let node else { return fallback }
        guard let scalar = node.scalar, ScalarKind(of: node) == .bool else {
            reportType(expected: "true or false", node)
            return fallback
        }
        return scalar.string == "true"
    }

    func integer(default fallback: Int, in accepted: ClosedRange<Int>) -> Int {
        guard let node else { return fallback }
        let rule = "a whole number from \(accepted.lowerBound) to \(accepted.upperBound)"
        guard let scalar = node.scalar, ScalarKind(of: node) == .integer else {
            reportType(expected: rule, node)
            return fallback
        }
        guard let number = Int(scalar.string), accepted.contains(number) else {
            report("\(scalar.string) is out of range; accepted: \(rule)")
            return fallback
        }
        return number
    }

    /// One of a few words.
    func choice(_ accepted: [String], default fallback: String) -> String {
        guard !isAbsent else { return fallback }
        let text = string(default: fallback)
        guard accepted.contains(text) else {
            report("\"\(text)\" is not known; accepted: \(accepted.joined(separator: ", "))")
            return fallback
        }
        return text
    }

    func reportType(expected: String, _ node: Node) {
        report("expected \(expected), found \(ScalarKind.describe(node))")
    }
}
