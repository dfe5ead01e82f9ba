import Foundation
import ObjectStore
import Resources

/// The patch of a request, of whichever form.
enum RequestedPatch {
    case merge(JSONValue)
    case json([JSONPatchOperation])
    case strategic(JSONValue, Schema)

    /// The most operations of one JSON patch, as in Kubernetes.
    static let maximumOperations = 10_000

    /// - Throws: `APIStatus` 415 for a form that the kind does not take, 400 for a body that is not of its form, 413
    ///   for too many operations.
    init(_ request: APIRequest, _ kind: KindDefinition) throws(APIStatus) {
        let accepted = Self.accepted(kind)
        switch request.mediaType {
        case MediaType.mergePatch: self = .merge(try Self.object(request.body))
        case MediaType.jsonPatch: self = .json(try Self.operations(request.body))
        case MediaType.strategicMergePatch where accepted.contains(MediaType.strategicMergePatch):
            self = .strategic(try Self.object(request.body), kind.schema)
        case MediaType.applyPatch:
            throw .unsupportedMediaType(
                accepted: accepted,
                because: "server-side apply is not supported; apply without --server-side"
            )
        default: throw .unsupportedMediaType(accepted: accepted)
        }
    }

    private static func accepted(_ kind: KindDefinition) -> [String] {
        let all = [MediaType.jsonPatch, MediaType.mergePatch]
        // Custom resources take no strategic merge patches, in Kubernetes as here.
        return kind.type.group.isEmpty ? all + [MediaType.strategicMergePatch] : all
    }

    private static func object(_ data: Data) throws(APIStatus) -> JSONValue {
        let value = try APIRequest.json(data)
        guard case .object = value else {
            throw .badRequest("the patch is of type \(value.typeName); an object was expected")
        }
        return value
    }

    private static func operations(_ data: Data) throws(APIStatus) -> [JSONPatchOperation] {
        let value = try APIRequest.json(data)
        if let count = value.arrayValue?.count, count > maximumOperations {
            throw APIStatus(
                code: 413,
                reason: "RequestEntityTooLarge",
                message: "The allowed maximum operations in a JSON patch is \(maximumOperations), got \(count)"
            )
        }
        do throws(StoreError) {
            return try JSONPatchOperation.list(parsing: value)
        } catch {
            throw APIStatus(error)
        }
    }

    /// - Throws: `APIStatus` 422 when a JSON patch does not apply, 400 for directives that are not known.
    func apply(to target: JSONValue) throws(APIStatus) -> JSONValue {
        switch self {
        case .merge(let patch): return target.mergePatched(with: patch)
        case .strategic(let patch, let schema): return try StrategicMergePatch(schema: schema).apply(patch, to: target)
        case .json(let operations):
            do throws(JSONPatchError) {
                return try target.applying(operations)
            } catch {
                throw APIStatus(code: 422, reason: "Invalid", message: "the JSON patch does not apply: \(error)")
            }
        }
    }
}
