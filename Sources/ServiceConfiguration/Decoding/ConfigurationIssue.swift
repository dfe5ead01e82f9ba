/// One thing that is wrong with the configuration.
package struct ConfigurationIssue: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where, such as `grpc.keepalive.minTime`, or the name of an environment variable. Empty for the whole document.
    package let path: String
    /// Line in the document, from 1; nil for environment variables and for keys that are missing.
    package let line: Int?
    /// What is wrong and what would be accepted.
    package let message: String

    /// Creates an issue.
    package init(path: String, line: Int? = nil, message: String) {
        self.path = path
        self.line = line
        self.message = message
    }

    /// `PATH (line N): MESSAGE`.
    package var description: String {
        let location = line.map { " (line \($0))" } ?? ""
        return "\(path.isEmpty ? "document" : path)\(location): \(message)"
    }
}

/// All that is wrong with the configuration, so that one run shows everything there is to correct.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was read, such as `configuration` or `environment`.
    package let source: String
    /// At least one issue, in the order of the document.
    package let issues: [ConfigurationIssue]

    /// One line for each issue.
    package var description: String {
        let count = issues.count == 1 ? "1 error" : "\(issues.count) errors"
        return "\(count) in the \(source):\n" + issues.map { "  \($0)" }.joined(separator: "\n")
    }
}
