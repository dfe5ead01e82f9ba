/// Text from outside, made fit for a message: short, and without anything that could forge a line of a log.
enum Quoted {
    private static let maximumLength = 128

    static func text(_ value: String) -> String {
        let scalars = value.unicodeScalars.prefix(maximumLength).map { isPrintable($0) ? String($0) : "?" }
        let isCut = value.unicodeScalars.count > maximumLength
        return "\"" + scalars.joined() + (isCut ? "..." : "") + "\""
    }

    static func list(_ values: [String]) -> String {
        guard !values.isEmpty else { return "missing" }
        return values.prefix(4).map(text).joined(separator: ", ") + (values.count > 4 ? ", ..." : "")
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: scalar != "\""
        }
    }
}
