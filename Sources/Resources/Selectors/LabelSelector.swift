/// A query over labels in the form that objects carry (`metav1.LabelSelector`): all of its parts must hold.
/// An empty selector matches everything.
package struct LabelSelector: Sendable, Hashable {
    /// Exact values.
    package var matchLabels: [String: String]
    package var matchExpressions: [Requirement]

    package struct Requirement: Sendable, Hashable {
        package var key: String
        package var `operator`: Operator
        /// At least one for In and NotIn, none for Exists and DoesNotExist.
        package var values: [String]

        package init(key: String, operator: Operator, values: [String] = []) {
            self.key = key
            self.operator = `operator`
            self.values = values
        }
    }

    package enum Operator: String, Sendable, Hashable, Codable, CaseIterable {
        case `in` = "In"
        case notIn = "NotIn"
        case exists = "Exists"
        case doesNotExist = "DoesNotExist"
    }

    package init(matchLabels: [String: String] = [:], matchExpressions: [Requirement] = []) {
        self.matchLabels = matchLabels
        self.matchExpressions = matchExpressions
    }

    package var isEmpty: Bool { matchLabels.isEmpty && matchExpressions.isEmpty }

    /// Whether labels satisfy every part. A key that is absent satisfies NotIn, as in Kubernetes.
    package func matches(_ labels: [String: String]) -> Bool {
        matchLabels.allSatisfy { labels[$0.key] == $0.value } && matchExpressions.allSatisfy { $0.matches(labels) }
    }
}

extension LabelSelector.Requirement {
    package func matches(_ labels: [String: String]) -> Bool {
        switch `operator` {
        case .in: labels[key].map(values.contains) ?? false
        case .notIn: labels[key].map { !values.contains($0) } ?? true
        case .exists: labels[key] != nil
        case .doesNotExist: labels[key] == nil
        }
    }
}

extension LabelSelector: Codable {
    private enum CodingKeys: String, CodingKey { case matchLabels, matchExpressions }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        matchLabels = try container.decodeIfPresent([String: String].self, forKey: .matchLabels) ?? [:]
        matchExpressions = try container.decodeIfPresent([Requirement].self, forKey: .matchExpressions) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !matchLabels.isEmpty { try container.encode(matchLabels, forKey: .matchLabels) }
        if !matchExpressions.isEmpty { try container.encode(matchExpressions, forKey: .matchExpressions) }
    }
}

extension LabelSelector.Requirement: Codable {
    private enum CodingKeys: String, CodingKey { case key, `operator`, values }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decode(String.self, forKey: .key)
        `operator` = try container.decode(LabelSelector.Operator.self, forKey: .operator)
        values = try container.decodeIfPresent([String].self, forKey: .values) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key, forKey: .key)
        try container.encode(`operator`, forKey: .operator)
        if !values.isEmpty { try container.encode(values, forKey: .values) }
    }
}
