extension LabelSelector {
    /// Why a string is not a label selector, and where reading it stopped.
    package struct ParseError: Error, Hashable, CustomStringConvertible {
        /// The string as it was given.
        package var text: String
        /// The number of characters read before the problem.
        package var position: Int
        package var problem: String

        package var description: String {
            let read = String(text.prefix(position))
            let rest = String(text.dropFirst(position))
            return "invalid label selector \"\(text)\" at character \(position + 1): \(problem) "
                + "(read \"\(read)\", stopped before \"\(rest)\"); "
                + "expected requirements such as a=b, a!=b, a in (x,y), a notin (x), a, !a, joined by commas"
        }
    }

    /// Parses Kubernetes' string form (`labels.Parse`): `a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x)`, `a`,
    /// `!a`; a comma means AND; the empty string selects everything.
    ///
    /// Equality goes to `matchLabels`; several `!=` of one key become one NotIn without repeats
    /// (spec/resources.md, Label selectors).
    /// - Throws: `ParseError`, also for two different values that one key must equal.
    package init(parsing text: String) throws(ParseError) {
        var parser = LabelSelectorParser(text: text)
        self = try parser.parse()
    }
}

/// A hand-written scanner over characters; the grammar is that of Kubernetes' `labels.Parse`.
struct LabelSelectorParser {
    private let text: String
    private let characters: [Character]
    private var position = 0
    private var result = LabelSelector()

    init(text: String) {
        self.text = text
        self.characters = Array(text)
    }

    mutating func parse() throws(LabelSelector.ParseError) -> LabelSelector {
        skipSpace()
        if isAtEnd { return result }
        while true {
            try requirement()
            skipSpace()
            if isAtEnd { return result }
            guard take(",") else { throw problem("expected a comma or the end") }
            skipSpace()
            if isAtEnd { throw problem("a requirement is missing after the comma") }
        }
    }

    private mutating func requirement() throws(LabelSelector.ParseError) {
        if take("!") {
            let key = try readKey()
            return result.matchExpressions.append(.init(key: key, operator: .doesNotExist))
        }
        let key = try readKey()
        skipSpace()
        if take("!") {
            guard take("=") else { throw problem("expected = after !") }
            addNotIn(key: key, values: [try readValue()])
        } else if take("=") {
            _ = take("=")
            try addEquality(key: key)
        } else if isAtEnd || peek == "," {
            result.matchExpressions.append(.init(key: key, operator: .exists))
        } else {
            try setRequirement(key: key)
        }
    }

    private mutating func setRequirement(key: String) throws(LabelSelector.ParseError) {
        let start = position
        switch readToken() {
        case "in":
            let values = try readValues()
            result.matchExpressions.append(.init(key: key, operator: .in, values: values))
        case "notin":
            let values = try readValues()
            result.matchExpressions.append(.init(key: key, operator: .notIn, values: values))
        default:
            position = start
            throw problem("expected =, ==, !=, in, notin or a comma")
        }
    }

    private mutating func addEquality(key: String) throws(LabelSelector.ParseError) {
        skipSpace()
        let start = position
        let value = try readValue()
        if let earlier = result.matchLabels[key], earlier != value {
            position = start
            throw problem("\(key) cannot equal both \"\(earlier)\" and \"\(value)\"")
        }
        result.matchLabels[key] = value
    }

    private mutating func addNotIn(key: String, values: [String]) {
        let same = result.matchExpressions.firstIndex { $0.key == key && $0.operator == .notIn }
        guard let same else {
            return result.matchExpressions.append(.init(key: key, operator: .notIn, values: values))
        }
        for value in values where !result.matchExpressions[same].values.contains(value) {
            result.matchExpressions[same].values.append(value)
        }
    }

    private mutating func readKey() throws(LabelSelector.ParseError) -> String {
        skipSpace()
        let start = position
        let key = readToken()
        if key.isEmpty { throw problem("a label key is missing") }
        if let reason = LabelSyntax.problem(withKey: key) {
            position = start
            throw problem(reason)
        }
        return key
    }

    private mutating func readValue() throws(LabelSelector.ParseError) -> String {
        skipSpace()
        let start = position
        let value = readToken()
        if let reason = LabelSyntax.problem(withValue: value) {
            position = start
            throw problem(reason)
        }
        return value
    }

    private mutating func readValues() throws(LabelSelector.ParseError) -> [String] {
        skipSpace()
        guard take("(") else { throw problem("expected (") }
        var values: [String] = []
        while true {
            let value = try readValue()
            if !values.contains(value) { values.append(value) }
            skipSpace()
            if take(")") { return values }
            guard take(",") else { throw problem("expected a comma or )") }
        }
    }

    private mutating func readToken() -> String {
        let start = position
        while let character = peek, !character.isWhitespace, !"(),!=".contains(character) { position += 1 }
        return String(characters[start..<position])
    }

    private var isAtEnd: Bool { position == characters.count }
    private var peek: Character? { isAtEnd ? nil : characters[position] }

    private mutating func take(_ character: Character) -> Bool {
        guard peek == character else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let character = peek, character.isWhitespace { position += 1 }
    }

    private func problem(_ what: String) -> LabelSelector.ParseError {
        LabelSelector.ParseError(text: text, position: position, problem: what)
    }
}
