import ObjectStore
import Resources

/// Applies a patch to a stored object, as the proposal for an update.
enum PatchRules {
    /// - Throws: `StoreError.invalid` when the patch does not apply or makes something that is not such an object,
    ///   `.badRequest` when it would change the object's kind, name or namespace.
    static func proposal(_ patch: Patch, to stored: UnstructuredObject) throws -> UnstructuredObject {
        let before = try stored.value()
        let after = try apply(patch, to: before, stored)
        for member in ["apiVersion", "kind"] where after[member] != before[member] {
            throw StoreError(.badRequest, "a patch must not change \(member)", type: stored.type, name: stored.key.name)
        }
        let proposed: UnstructuredObject
        do {
            proposed = try UnstructuredObject(type: stored.type, value: after)
        } catch {
            let problem = FieldProblem(.typeInvalid, "metadata", "the patch makes it unreadable: \(error)")
            throw StoreError.invalid(stored.type, stored.key, [problem])
        }
        guard proposed.key == stored.key else {
            throw StoreError(
                .badRequest,
                "a patch must not change the name or namespace of an object",
                type: stored.type,
                name: stored.key.name
            )
        }
        return proposed
    }

    private static func apply(
        _ patch: Patch,
        to value: JSONValue,
        _ stored: UnstructuredObject
    ) throws(StoreError) -> JSONValue {
        switch patch {
        case .merge(let change): return value.mergePatched(with: change)
        case .json(let operations):
            do {
                return try value.applying(operations)
            } catch {
                throw .invalid(stored.type, stored.key, [FieldProblem(.invalid, "patch", error.description)])
            }
        }
    }
}
