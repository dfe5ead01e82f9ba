/// Gathers the issues of one decoding run. Used by one task only, and given up at its end.
final class IssueCollector {
    /// Most issues kept: more would not be read by anybody.
    private static let maximum = 50

    private(set) var issues: [ConfigurationIssue] = []
    private var reported: Set<String> = []

    /// Keeps the first issue of each place: what follows there is usually a consequence of it.
    func report(_ path: String, line: Int? = nil, _ message: String) {
        guard issues.count < Self.maximum, reported.insert(path).inserted else { return }
        issues.append(ConfigurationIssue(path: path, line: line, message: message))
    }

    /// The value, if nothing was reported.
    func result<Value>(_ value: Value, source: String) throws(ConfigurationError) -> Value {
        guard issues.isEmpty else {
            let ordered = issues.enumerated().sorted { first, second in
                (first.element.line ?? .max, first.offset) < (second.element.line ?? .max, second.offset)
            }
            throw ConfigurationError(source: source, issues: ordered.map(\.element))
        }
        return value
    }
}
