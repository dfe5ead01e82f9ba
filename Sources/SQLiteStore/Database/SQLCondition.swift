import GRDB
import Resources

/// A part of a WHERE clause with its arguments.
struct SQLCondition {
    var sql: String
    var arguments: [any DatabaseValueConvertible]

    static var always: SQLCondition { SQLCondition(sql: "1", arguments: []) }

    static func all(_ parts: [SQLCondition]) -> SQLCondition {
        guard !parts.isEmpty else { return .always }
        return SQLCondition(
            sql: parts.map { "(\($0.sql))" }.joined(separator: " AND "),
            arguments: parts.flatMap(\.arguments)
        )
    }

    static func any(_ parts: [SQLCondition]) -> SQLCondition {
        guard !parts.isEmpty else { return SQLCondition(sql: "0", arguments: []) }
        return SQLCondition(
            sql: parts.map { "(\($0.sql))" }.joined(separator: " OR "),
            arguments: parts.flatMap(\.arguments)
        )
    }

    static func not(_ part: SQLCondition) -> SQLCondition {
        SQLCondition(sql: "NOT (\(part.sql))", arguments: part.arguments)
    }

    static func equal(_ column: String, _ value: String) -> SQLCondition {
        SQLCondition(sql: "\(column) = ?", arguments: [value])
    }
}

extension SQLCondition {
    /// SQLite bounds the depth of an expression; a selector with more parts than this is left to the caller.
    private static let maximumLabelParts = 200

    /// A label selector over a column of `LabelText`. Only a first sieve: a very large selector lets everything pass.
    static func labels(_ selector: LabelSelector, column: String) -> SQLCondition {
        let parts = selector.matchLabels.count + selector.matchExpressions.reduce(0) { $0 + 1 + $1.values.count }
        guard parts <= maximumLabelParts else { return .always }
        let equalities = selector.matchLabels.sorted { $0.key < $1.key }
            .map { contains(LabelText.line($0.key, $0.value), column) }
        return all(equalities + selector.matchExpressions.map { requirement($0, column) })
    }

    private static func requirement(_ requirement: LabelSelector.Requirement, _ column: String) -> SQLCondition {
        let key = requirement.key
        let oneOfValues = any(requirement.values.map { contains(LabelText.line(key, $0), column) })
        let isThere = contains(LabelText.beginning(key), column)
        return switch requirement.operator {
        case .in: oneOfValues
        case .notIn: not(oneOfValues)
        case .exists: isThere
        case .doesNotExist: not(isThere)
        }
    }

    private static func contains(_ text: String, _ column: String) -> SQLCondition {
        SQLCondition(sql: "instr(\(column), ?) > 0", arguments: [text])
    }
}

extension Database {
    /// A statement for a query with a condition. The connection keeps those whose text is one of a few; the texts that
    /// selectors make are without number and would be kept for ever.
    func statement(sql: String, isOneOfFew: Bool) throws -> Statement {
        try isOneOfFew ? cachedStatement(sql: sql) : makeStatement(sql: sql)
    }
}
