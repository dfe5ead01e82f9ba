extension Lease {
    /// Bounds on what a lease may carry (spec/resources.md, Lease).
    package enum Limit {
        package static let tags = 10
        package static let contextEntries = 8
        package static let contextKeyLength = 32
        package static let contextValueLength = 64
    }
}

extension Lease: Validatable {
    package func problems(replacing old: Lease?) -> [FieldProblem] {
        var problems = spec.problems()
        if let old { problems += spec.immutabilityProblems(old: old.spec) }
        return problems
    }
}

extension Lease.Spec {
    fileprivate func problems() -> [FieldProblem] {
        var problems = selector.problems(at: "spec.selector")
        if clientRef.name.isEmpty { problems.append(.init(.required, "spec.clientRef.name", "must name a client")) }
        if selector.isEmpty && (exporterRef?.name ?? "").isEmpty {
            problems.append(
                .init(.invalid, "spec", "one of selector or exporterRef.name is required")
            )
        }
        if allowDisabled && exporterRef == nil {
            problems.append(.init(.invalid, "spec.allowDisabled", "may be set only together with exporterRef"))
        }
        if let duration, duration <= .zero {
            problems.append(.init(.invalid, "spec.duration", "must be a positive duration"))
        }
        if let beginTime, let endTime, endTime <= beginTime {
            problems.append(.init(.invalid, "spec.endTime", "must be after spec.beginTime"))
        }
        return problems + tagProblems() + LeaseContext.problems(context, at: "spec.context")
    }

    private func tagProblems() -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if tags.count > Lease.Limit.tags {
            problems.append(.init(.tooMany, "spec.tags", "must have at most \(Lease.Limit.tags) entries"))
        }
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            if let problem = LeaseTag.problem(withKey: key) { problems.append(.init(.invalid, "spec.tags", problem)) }
            if let problem = LabelSyntax.problem(withValue: value) {
                problems.append(.init(.invalid, "spec.tags[\(key)]", problem))
            }
        }
        return problems
    }

    fileprivate func immutabilityProblems(old: Lease.Spec) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if !old.tags.isEmpty && tags != old.tags {
            problems.append(.init(.invalid, "spec.tags", "tags are immutable once set"))
        }
        if !old.context.isEmpty && context != old.context {
            problems.append(.init(.invalid, "spec.context", "context is immutable once set"))
        }
        return problems
    }
}

/// Rules for the tags of a lease, which become labels of the object.
package enum LeaseTag {
    /// What is wrong with a tag's key, or nil: a plain label name, without a slash or a reserved prefix.
    package static func problem(withKey key: String) -> String? {
        if key.contains("/") { return "tag key \"\(key)\" must not contain a slash" }
        if key.hasPrefix("jumpstarter.dev") || key.hasPrefix("metadata.jumpstarter.dev")
            || key.hasPrefix("kubernetes.io")
        {
            return "tag key \"\(key)\" begins with a reserved prefix"
        }
        return LabelSyntax.problem(withKey: key)
    }
}

/// Rules for the context of a lease.
package enum LeaseContext {
    /// What is wrong with a context, each problem with its path.
    package static func problems(_ context: [String: String], at path: String) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if context.count > Lease.Limit.contextEntries {
            problems.append(.init(.tooMany, path, "must have at most \(Lease.Limit.contextEntries) entries"))
        }
        for (key, value) in context.sorted(by: { $0.key < $1.key }) {
            if key.isEmpty || key.unicodeScalars.count > Lease.Limit.contextKeyLength {
                let limit = Lease.Limit.contextKeyLength
                problems.append(.init(.tooLong, path, "key \"\(key.prefix(64))\" must have 1 to \(limit) characters"))
            }
            if value.unicodeScalars.count > Lease.Limit.contextValueLength {
                let limit = Lease.Limit.contextValueLength
                problems.append(.init(.tooLong, "\(path)[\(key)]", "must have at most \(limit) characters"))
            }
        }
        return problems
    }
}
