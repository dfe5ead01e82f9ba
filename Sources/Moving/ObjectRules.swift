import Foundation
import ObjectStore
import Resources

/// What must hold of an object by itself before it is imported.
enum ObjectRules {
    /// - Throws: `DecodingError` for a member that is not of its type.
    static func problems(_ object: UnstructuredObject) throws -> [FieldProblem] {
        try metadataProblems(object.metadata) + contentProblems(object)
    }

    private static func metadataProblems(_ metadata: ObjectMeta) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        if let problem = LabelSyntax.problem(withSubdomain: metadata.name) {
            problems.append(.init(.invalid, "metadata.name", "\"\(metadata.name)\" \(problem)"))
        }
        let namespace = metadata.namespace ?? ""
        if namespace.isEmpty {
            problems.append(.init(.required, "metadata.namespace", "is missing; name one, here or with --namespace"))
        } else if let problem = LabelSyntax.problem(withDNSLabel: namespace) {
            problems.append(.init(.invalid, "metadata.namespace", "\"\(namespace)\" \(problem)"))
        }
        for (key, value) in metadata.labels.sorted(by: { $0.key < $1.key }) {
            for problem in [LabelSyntax.problem(withKey: key), LabelSyntax.problem(withValue: value)] {
                if let problem { problems.append(.init(.invalid, "metadata.labels[\(key)]", problem)) }
            }
        }
        return problems
    }

    private static func contentProblems(_ object: UnstructuredObject) throws -> [FieldProblem] {
        switch object.type {
        case .clients: try object.decoded(as: Client.self).problems(replacing: nil)
        case .exporters: try object.decoded(as: Exporter.self).problems(replacing: nil)
        case .exporterAccessPolicies: try object.decoded(as: ExporterAccessPolicy.self).problems(replacing: nil)
        case .leases: try object.decoded(as: Lease.self).problems(replacing: nil)
        default:
            try object.decoded(as: Secret.self).data["token"] == nil
                ? [
                    .init(
                        .required,
                        "data.token",
                        "is missing: this Secret is not the credential of a client or an exporter"
                    )
                ]
                : []
        }
    }

    /// The path and what is wrong there.
    static func explain(_ error: DecodingError) -> (path: String, detail: String) {
        switch error {
        case .dataCorrupted(let context): (path(context.codingPath), context.debugDescription)
        case .keyNotFound(let key, let context): (path(context.codingPath + [key]), "is missing")
        case .valueNotFound(_, let context): (path(context.codingPath), "is missing")
        case .typeMismatch(let type, let context):
            (path(context.codingPath), "is not of its type (\(type)): \(context.debugDescription)")
        @unknown default: ("", "\(error)")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        var path = ""
        for key in keys {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += (path.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return path
    }
}
