import Resources

/// Spans of time the way `kubectl get` shows ages: at most two units, fewer the longer the span.
enum HumanDuration {
    /// The span from a moment until now; `<unknown>` without a moment, `<invalid>` when it lies ahead.
    static func since(_ moment: Timestamp?, now: Timestamp) -> String {
        guard let moment else { return "<unknown>" }
        return text(seconds: now.seconds - moment.seconds)
    }

    /// The rules are those of `duration.HumanDuration` of k8s.io/apimachinery.
    static func text(seconds: Int64) -> String {
        if seconds < -1 { return "<invalid>" }
        if seconds < 0 { return "0s" }
        if seconds < 120 { return "\(seconds)s" }
        let minutes = seconds / 60
        if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        let hours = minutes / 60
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        let days = hours / 24
        if hours < 192 { return pair(days, "d", hours % 24, "h") }
        if days < 730 { return "\(days)d" }
        let years = days / 365
        return years < 8 ? pair(years, "y", days % 365, "d") : "\(years)y"
    }

    private static func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
    }
}
