/// The two text formats of Prometheus.
package enum ExpositionFormat: Hashable, Sendable {
    /// Prometheus text 0.0.4.
    case prometheusText
    /// OpenMetrics 1.0, with exemplars.
    case openMetrics

    /// For the `Content-Type` header.
    package var contentType: String {
        switch self {
        case .prometheusText: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// The format for an `Accept` header: OpenMetrics where it is named with a quality not below that of plain text,
    /// else plain text, which every scraper reads.
    package static func negotiate(accept: String?) -> ExpositionFormat {
        var openMetrics = 0.0
        var plainText = 0.0
        for range in (accept ?? "").split(separator: ",") {
            let parts = range.split(separator: ";").map(trimmed)
            guard let type = parts.first?.lowercased() else { continue }
            let quality = quality(of: parts.dropFirst())
            switch type {
            case "application/openmetrics-text": openMetrics = max(openMetrics, quality)
            case "text/plain", "text/*": plainText = max(plainText, quality)
            default: continue
            }
        }
        return openMetrics > 0 && openMetrics >= plainText ? .openMetrics : .prometheusText
    }

    /// The parameter `q`, 1 where there is none, 0 where it is not a number.
    private static func quality(of parameters: ArraySlice<Substring>) -> Double {
        for parameter in parameters {
            let pair = parameter.split(separator: "=", maxSplits: 1).map(trimmed)
            if pair.count == 2, pair[0].lowercased() == "q" { return Double(pair[1]) ?? 0 }
        }
        return 1
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...last]
    }
}
