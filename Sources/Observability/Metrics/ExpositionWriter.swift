import Foundation

/// Writes families in one of the two formats. What differs in OpenMetrics: a counter's family name has no `_total`,
/// help escapes quotes, bounds are written as floating-point numbers, exemplars are shown, `# EOF` ends the document.
struct ExpositionWriter {
    let format: ExpositionFormat
    private var text = ""

    init(format: ExpositionFormat) {
        self.format = format
    }

    mutating func write(_ family: MetricFamily) {
        let name = familyName(family)
        if !family.help.isEmpty { text += "# HELP \(name) \(escapedHelp(family.help))\n" }
        text += "# TYPE \(name) \(family.kind.rawValue)\n"
        for series in family.series {
            switch series.value {
            case .number(let number, let exemplar):
                write(family.name, series.labels, Self.number(number), family.kind == .counter ? exemplar : nil)
            case .histogram(let histogram):
                write(histogram, of: family.name, series.labels)
            }
        }
    }

    consuming func finish() -> String {
        format == .openMetrics ? text + "# EOF\n" : text
    }

    private mutating func write(_ histogram: HistogramValue, of name: String, _ labels: [MetricLabel]) {
        for bucket in histogram.buckets {
            let bound = MetricLabel("le", self.bound(bucket.upperBound))
            write("\(name)_bucket", labels + [bound], String(bucket.count), bucket.exemplar)
        }
        write("\(name)_sum", labels, Self.number(histogram.sum), nil)
        write("\(name)_count", labels, String(histogram.count), nil)
    }

    private mutating func write(_ name: String, _ labels: [MetricLabel], _ value: String, _ exemplar: Exemplar?) {
        text += name
        if !labels.isEmpty { text += Self.braces(labels) }
        text += " \(value)"
        if format == .openMetrics, let exemplar {
            text += " # \(Self.braces(exemplar.labels)) \(Self.number(exemplar.value)) \(Self.seconds(exemplar.date))"
        }
        text += "\n"
    }

    private func familyName(_ family: MetricFamily) -> String {
        guard format == .openMetrics, family.kind == .counter else { return family.name }
        return String(family.name.dropLast("_total".count))
    }

    private func escapedHelp(_ help: String) -> String {
        format == .openMetrics ? Self.escaped(help) : Self.escaped(help, quotes: false)
    }

    private func bound(_ bound: Double) -> String {
        format == .openMetrics && bound.isFinite ? "\(bound)" : Self.number(bound)
    }

    private static func braces(_ labels: [MetricLabel]) -> String {
        "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String, quotes: Bool = true) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Whole numbers without a fraction, as far as they are exact.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value.rounded() == value, value.magnitude < 0x1p53 { return String(Int64(value)) }
        return "\(value)"
    }

    /// Seconds since 1970 with milliseconds.
    private static func seconds(_ date: Date) -> String {
        let milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded(.down))
        let fraction = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(milliseconds / 1000).\(fraction)"
    }
}
