import Resources

/// A place in a JSON document (RFC 6901): `/metadata/labels/a~1b`.
struct JSONPointer: Sendable, Hashable {
    /// The decoded steps; none for the whole document.
    var steps: [String]

    /// - Throws: `JSONPatchError` when the text neither is empty nor begins with a slash, or has a lone tilde.
    init(parsing text: String) throws(JSONPatchError) {
        guard !text.isEmpty else {
            steps = []
            return
        }
        guard text.hasPrefix("/") else {
            throw JSONPatchError("the path \"\(text)\" must be empty or begin with a slash")
        }
        var steps: [String] = []
        for step in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            steps.append(try Self.decoded(step, of: text))
        }
        self.steps = steps
    }

    private static func decoded(_ step: Substring, of text: String) throws(JSONPatchError) -> String {
        var result = ""
        var rest = step.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "~" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            switch rest.popFirst() {
            case "0": result.append("~")
            case "1": result.append("/")
            default: throw JSONPatchError("in the path \"\(text)\" a ~ must be followed by 0 or 1")
            }
        }
        return result
    }

    func isProperPrefix(of other: JSONPointer) -> Bool {
        steps.count < other.steps.count && other.steps.starts(with: steps)
    }
}
