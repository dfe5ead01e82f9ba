import Resources

extension ConfigurationValue {
    /// A Go duration not shorter than `minimum`.
    func duration(default fallback: Duration, atLeast minimum: Duration) -> Duration {
        guard !isAbsent else { return fallback }
        return parsedDuration(string(default: "0s"), atLeast: minimum) ?? fallback
    }

    /// A Go duration, or nil for empty text, which stands for no limit.
    func optionalDuration(atLeast minimum: Duration) -> Duration? {
        let text = string()
        guard !text.isEmpty else { return nil }
        return parsedDuration(text, atLeast: minimum)
    }

    private func parsedDuration(_ text: String, atLeast minimum: Duration) -> Duration? {
        // A value of another type has been reported already, and reads as the fallback text.
        guard let node, ScalarKind(of: node) == .string else { return nil }
        do {
            let duration = try GoDuration(parsing: text).duration
            guard duration >= minimum else {
                report("\"\(text)\" is too short; accepted: \(Self.describe(minimum)) or more")
                return nil
            }
            return duration
        } catch {
            report(error.description)
            return nil
        }
    }

    private static func describe(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return GoDuration(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000).description
    }
}
