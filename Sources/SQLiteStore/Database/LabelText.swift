import Resources

/// Labels as one text that selectors can be put to in SQL: a line `key=value` each, a line feed before and after.
///
/// Neither a valid key nor a valid value holds a line feed or an equals sign (the store accepts no others).
enum LabelText {
    static func text(_ labels: [String: String]) -> String {
        guard !labels.isEmpty else { return "" }
        return "\n" + labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
    }

    static func line(_ key: String, _ value: String) -> String { "\n\(key)=\(value)\n" }
    static func beginning(_ key: String) -> String { "\n\(key)=" }
}
