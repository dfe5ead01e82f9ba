/// How log lines look: `--log-format`.
package enum LogFormat: String, CaseIterable, Hashable, Sendable {
    /// One JSON object a line, for machines.
    case json
    /// `TIME LEVEL [label] message key=value`, for people.
    case text

    /// The line, without its line break.
    func render(_ record: LogRecord) -> String {
        switch self {
        case .json: JSONLogLine.render(record)
        case .text: TextLogLine.render(record)
        }
    }
}
