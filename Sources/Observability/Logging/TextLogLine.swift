import Logging

/// `2026-01-02T03:04:05.678Z INFO     [label] message key=value key="value with spaces"`. Control characters are
/// escaped, so that no input can forge a line or steer a terminal.
enum TextLogLine {
    private static let levelWidth = 8

    static func render(_ record: LogRecord) -> String {
        let level = record.level.rawValue.uppercased()
        let padding = String(repeating: " ", count: max(0, levelWidth - level.count))
        var line = "\(LogTimestamp.format(record.date)) \(level)\(padding) [\(escaped(record.label))] "
        line += escaped(record.message)
        if let error = record.error { line += " error=\(value(error))" }
        for (key, flat) in record.metadata { line += " \(escaped(key))=\(value(LogRecord.plain(flat)))" }
        return line
    }

    /// Quoted where it would otherwise not be clear where it ends.
    private static func value(_ text: String) -> String {
        let needsQuotes = text.isEmpty || text.contains { $0 == " " || $0 == "\"" || $0 == "=" }
        guard needsQuotes else { return escaped(text) }
        return "\"" + escaped(text).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
            + "\""
    }

    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                result += scalar.escaped(asASCII: true)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
