import Resources

/// What Kubernetes refuses in the metadata of any object.
enum MetadataRules {
    static func problems(_ object: UnstructuredObject) -> [FieldProblem] {
        let metadata = object.metadata
        return nameProblems(object) + labelProblems(metadata.labels) + annotationProblems(metadata.annotations)
            + ownerProblems(metadata.ownerReferences)
    }

    private static func nameProblems(_ object: UnstructuredObject) -> [FieldProblem] {
        let metadata = object.metadata
        if metadata.name.isEmpty {
            return [.init(.required, "metadata.name", "name or generateName is required")]
        }
        let nameProblem =
            object.type == .namespaces
            ? LabelSyntax.problem(withDNSLabel: metadata.name) : LabelSyntax.problem(withSubdomain: metadata.name)
        var problems = nameProblem.map { [FieldProblem(.invalid, "metadata.name", "\"\(metadata.name)\" \($0)")] } ?? []
        if object.type.isNamespaced {
            if let namespace = metadata.namespace, !namespace.isEmpty {
                if let problem = LabelSyntax.problem(withDNSLabel: namespace) {
                    problems.append(.init(.invalid, "metadata.namespace", "\"\(namespace)\" \(problem)"))
                }
            } else {
                problems.append(.init(.required, "metadata.namespace", "a namespace is required"))
            }
        }
        return problems
    }

    private static func labelProblems(_ labels: [String: String]) -> [FieldProblem] {
        labels.sorted { $0.key < $1.key }.flatMap { key, value in
            [LabelSyntax.problem(withKey: key), LabelSyntax.problem(withValue: value)].compactMap { $0 }
                .map { FieldProblem(.invalid, "metadata.labels", $0) }
        }
    }

    private static func annotationProblems(_ annotations: [String: String]) -> [FieldProblem] {
        // Kubernetes bounds the annotations of an object to 256 KiB in all.
        let size = annotations.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size > 262_144 else { return [] }
        return [.init(.tooLong, "metadata.annotations", "must have at most 262144 bytes")]
    }

    private static func ownerProblems(_ owners: [OwnerReference]) -> [FieldProblem] {
        owners.enumerated().flatMap { index, owner in
            let path = "metadata.ownerReferences[\(index)]"
            return [("apiVersion", owner.apiVersion), ("kind", owner.kind), ("name", owner.name), ("uid", owner.uid)]
                .filter { $0.1.isEmpty }
                .map { FieldProblem(.required, "\(path).\($0.0)", "must not be empty") }
        }
    }

    /// An object that is being deleted takes no new finalizers.
    static func finalizerProblems(
        _ object: UnstructuredObject,
        replacing stored: UnstructuredObject
    ) -> [FieldProblem] {
        guard stored.metadata.deletionTimestamp != nil else { return [] }
        let added = Set(object.metadata.finalizers).subtracting(stored.metadata.finalizers)
        guard !added.isEmpty else { return [] }
        let list = added.sorted().joined(separator: ", ")
        return [
            .init(
                .forbidden,
                "metadata.finalizers",
                "no new finalizers can be added if the object is being deleted, found new finalizers \(list)"
            )
        ]
    }
}
