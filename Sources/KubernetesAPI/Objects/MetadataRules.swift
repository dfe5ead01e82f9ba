import Resources

/// Rules for the metadata of any object. Source: Kubernetes documentation, "Object Names and IDs", "Labels and
/// Selectors", "Annotations", "Owners and Dependents", "Finalizers".
enum MetadataRules {
    /// The most bytes that all annotations together may have.
    static let maximumAnnotationSize = 256 * 1024

    static func problems(_ object: UnstructuredObject) -> [FieldProblem] {
        let metadata = object.metadata
        return nameProblems(object) + labelProblems(metadata) + annotationProblems(metadata) + ownerProblems(metadata)
            + finalizerProblems(metadata)
    }

    private static func nameProblems(_ object: UnstructuredObject) -> [FieldProblem] {
        let metadata = object.metadata
        if metadata.name.isEmpty && (metadata.generateName ?? "").isEmpty {
            return [FieldProblem(.required, "metadata.name", "name or generateName is required")]
        }
        let field = metadata.name.isEmpty ? "metadata.generateName" : "metadata.name"
        // A generated name goes on after the prefix, so that the prefix may end as a name may not.
        let name = metadata.name.isEmpty ? "\(metadata.generateName ?? "")x" : metadata.name
        let problem =
            object.type == .namespaces
            ? LabelSyntax.problem(withDNSLabel: name) : LabelSyntax.problem(withSubdomain: name)
        return problem.map { [FieldProblem(.invalid, field, "\"\(name.prefix(300))\" \($0)")] } ?? []
    }

    private static func labelProblems(_ metadata: ObjectMeta) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for (key, value) in metadata.labels.sorted(by: { $0.key < $1.key }) {
            if let problem = LabelSyntax.problem(withKey: key) {
                problems.append(FieldProblem(.invalid, "metadata.labels", problem))
            }
            if let problem = LabelSyntax.problem(withValue: value) {
                problems.append(FieldProblem(.invalid, "metadata.labels", problem))
            }
        }
        return problems
    }

    private static func annotationProblems(_ metadata: ObjectMeta) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        var size = 0
        for (key, value) in metadata.annotations.sorted(by: { $0.key < $1.key }) {
            size += key.utf8.count + value.utf8.count
            if let problem = LabelSyntax.problem(withKey: key.lowercased()) {
                problems.append(FieldProblem(.invalid, "metadata.annotations", problem))
            }
        }
        if size > maximumAnnotationSize {
            let limit = "may have at most \(maximumAnnotationSize) bytes together"
            problems.append(FieldProblem(.tooLong, "metadata.annotations", limit))
        }
        return problems
    }

    private static func ownerProblems(_ metadata: ObjectMeta) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for (index, owner) in metadata.ownerReferences.enumerated() {
            let members = [
                ("apiVersion", owner.apiVersion), ("kind", owner.kind), ("name", owner.name), ("uid", owner.uid),
            ]
            for (name, value) in members where value.isEmpty {
                problems.append(
                    FieldProblem(.invalid, "metadata.ownerReferences[\(index)].\(name)", "must not be empty")
                )
            }
        }
        if metadata.ownerReferences.count(where: { $0.controller == true }) > 1 {
            let rule = "only one reference can have controller set to true"
            problems.append(FieldProblem(.invalid, "metadata.ownerReferences", rule))
        }
        return problems
    }

    private static func finalizerProblems(_ metadata: ObjectMeta) -> [FieldProblem] {
        metadata.finalizers.enumerated().compactMap { index, finalizer in
            LabelSyntax.problem(withKey: finalizer).map {
                FieldProblem(.invalid, "metadata.finalizers[\(index)]", $0)
            }
        }
    }
}
