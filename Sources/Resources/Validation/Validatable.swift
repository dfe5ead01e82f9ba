/// An object that can say what is wrong with itself, as its custom resource definition would.
package protocol Validatable: Resource {
    /// Everything that is wrong with the object.
    /// - Parameter old: The object that it would replace; nil on creation. Rules of transition need it.
    func problems(replacing old: Self?) -> [FieldProblem]
}

extension Client: Validatable {
    package func problems(replacing old: Client?) -> [FieldProblem] { [] }
}

extension Exporter: Validatable {
    package func problems(replacing old: Exporter?) -> [FieldProblem] { [] }
}

extension ExporterAccessPolicy: Validatable {
    package func problems(replacing old: ExporterAccessPolicy?) -> [FieldProblem] {
        var problems = spec.exporterSelector.problems(at: "spec.exporterSelector")
        for (index, entry) in spec.policies.enumerated() {
            let path = "spec.policies[\(index)]"
            for (sourceIndex, source) in entry.from.enumerated() {
                problems += source.clientSelector.problems(at: "\(path).from[\(sourceIndex)].clientSelector")
            }
            if let maximum = entry.maximumDuration, maximum <= .zero {
                problems.append(.init(.invalid, "\(path).maximumDuration", "must be a positive duration"))
            }
        }
        return problems
    }
}

extension LabelSelector {
    /// What is wrong with the selector, each problem with its path below the given one.
    package func problems(at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for (key, value) in matchLabels.sorted(by: { $0.key < $1.key }) {
            if let problem = LabelSyntax.problem(withKey: key) {
                problems.append(.init(.invalid, "\(path).matchLabels", problem))
            }
            if let problem = LabelSyntax.problem(withValue: value) {
                problems.append(.init(.invalid, "\(path).matchLabels[\(key)]", problem))
            }
        }
        for (index, requirement) in matchExpressions.enumerated() {
            problems += requirement.problems(at: "\(path).matchExpressions[\(index)]")
        }
        return problems
    }
}

extension LabelSelector.Requirement {
    package func problems(at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if let problem = LabelSyntax.problem(withKey: key) {
            problems.append(.init(.invalid, "\(path).key", problem))
        }
        switch `operator` {
        case .in, .notIn:
            if values.isEmpty {
                problems.append(.init(.required, "\(path).values", "must have values when operator is In or NotIn"))
            }
        case .exists, .doesNotExist:
            if !values.isEmpty {
                problems.append(
                    .init(.forbidden, "\(path).values", "must be empty when operator is Exists or DoesNotExist")
                )
            }
        }
        for (index, value) in values.enumerated() {
            if let problem = LabelSyntax.problem(withValue: value) {
                problems.append(.init(.invalid, "\(path).values[\(index)]", problem))
            }
        }
        return problems
    }
}
