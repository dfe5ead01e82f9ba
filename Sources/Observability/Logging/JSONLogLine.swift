import Logging

/// One JSON object: `ts`, `level`, `msg`, `label`, `source`, `error` if there is one, then metadata by key. Metadata
/// under one of those names appears as `metadata.NAME`, so that no key is given twice.
enum JSONLogLine {
    private static let reserved: Set<String> = ["ts", "level", "msg", "label", "source"]

    static func render(_ record: LogRecord) -> String {
        var line = #"{"ts":"\#(LogTimestamp.format(record.date))","level":"\#(record.level.rawValue)","msg":"#
        append(record.message, to: &line)
        append("label", record.label, to: &line)
        append("source", record.source, to: &line)
        if let error = record.error { append("error", error, to: &line) }
        for (key, value) in record.metadata {
            line += ","
            let isTaken = reserved.contains(key) || (key == "error" && record.error != nil)
            append(isTaken ? "metadata.\(key)" : key, to: &line)
            line += ":"
            append(value, to: &line)
        }
        line += "}"
        return line
    }

    private static func append(_ key: String, _ value: String, to line: inout String) {
        line += ",\"\(key)\":"
        append(value, to: &line)
    }

    private static func append(_ value: LogRecord.FlatValue, to line: inout String) {
        switch value {
        case .text(let text):
            append(text, to: &line)
        case .emptyObject:
            line += "{}"
        case .list(let values):
            line += "["
            for (index, element) in values.enumerated() {
                if index > 0 { line += "," }
                append(element, to: &line)
            }
            line += "]"
        }
    }

    /// A JSON string. The two Unicode line separators are escaped too, for readers that split lines at them.
    private static func append(_ text: String, to line: inout String) {
        line += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": line += "\\\""
            case "\\": line += "\\\\"
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let hex = String(scalar.value, radix: 16)
                line += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default:
                line.unicodeScalars.append(scalar)
            }
        }
        line += "\""
    }
}
