import ObjectStore
import Resources

/// The rules that an object must keep before it is stored.
enum ObjectRules {
    /// - Throws: `APIStatus` 422 with every problem.
    static func check(
        _ object: UnstructuredObject,
        _ kind: KindDefinition,
        replacing old: UnstructuredObject? = nil
    ) throws(APIStatus) {
        let problems = MetadataRules.problems(object) + (try kindProblems(object, kind, old))
        if !problems.isEmpty { throw .invalid(kind.type, name: object.metadata.name, problems) }
    }

    private static func kindProblems(
        _ object: UnstructuredObject,
        _ kind: KindDefinition,
        _ old: UnstructuredObject?
    ) throws(APIStatus) -> [FieldProblem] {
        do {
            return try kind.validate(object, old)
        } catch let error as DecodingError {
            return [decodingProblem(error)]
        } catch {
            throw APIStatus(from: error)
        }
    }

    /// A value that fits the schema and yet not the typed form.
    private static func decodingProblem(_ error: DecodingError) -> FieldProblem {
        switch error {
        case .keyNotFound(let key, let context):
            FieldProblem(.required, path(context.codingPath + [key]), "it must be set")
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            FieldProblem(.invalid, path(context.codingPath), context.debugDescription)
        @unknown default:
            FieldProblem(.invalid, "<root>", "\(error)")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce("") { path, key in
            if let index = key.intValue { return "\(path)[\(index)]" }
            return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
        }
    }

    /// Carries over what only the server sets, and refuses another uid.
    /// - Throws: `APIStatus` 409.
    static func keepServerFields(
        _ object: inout UnstructuredObject,
        of old: UnstructuredObject
    ) throws(APIStatus) {
        if let uid = object.metadata.uid, uid != old.metadata.uid {
            throw APIStatus(
                .conflict(
                    object.type,
                    object.key,
                    "Precondition failed: UID in precondition: \(uid), UID in object meta: \(old.metadata.uid ?? "")"
                )
            )
        }
        object.metadata.uid = old.metadata.uid
        object.metadata.creationTimestamp = old.metadata.creationTimestamp
        object.metadata.generation = old.metadata.generation
        object.metadata.deletionTimestamp = old.metadata.deletionTimestamp
        object.metadata.generateName = old.metadata.generateName
    }
}
