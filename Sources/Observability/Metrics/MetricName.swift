/// Names that Prometheus accepts.
package enum MetricName {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`; anything else becomes an underscore.
    package static func sanitized(_ text: String) -> String {
        sanitized(text, allowingColon: true)
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`; anything else becomes an underscore.
    package static func sanitizedLabel(_ text: String) -> String {
        sanitized(text, allowingColon: false)
    }

    /// Adds a suffix unless it is there.
    static func suffixed(_ name: String, with suffix: String) -> String {
        name.hasSuffix(suffix) ? name : name + suffix
    }

    private static func sanitized(_ text: String, allowingColon: Bool) -> String {
        var name = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(scalar)
            case "0"..."9":
                if name.isEmpty { name = "_" }
                name.unicodeScalars.append(scalar)
            case ":" where allowingColon: name += ":"
            default: name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }
}
