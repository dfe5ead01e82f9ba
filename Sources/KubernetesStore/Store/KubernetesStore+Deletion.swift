import NIOHTTP1
package import ObjectStore
package import Resources

extension KubernetesStore {
    /// How often a deletion follows an object that changes under it before it takes whatever version there is.
    private static let maximumCollisions = 5

    package func delete(
        _ type: ResourceType,
        _ key: ObjectKey,
        options: DeleteOptions
    ) async throws -> UnstructuredObject {
        try check(type, key)
        var collisions = 0
        while true {
            let last = try await get(type, key)
            var exact = options
            exact.uid = options.uid ?? last.metadata.uid
            if collisions < Self.maximumCollisions {
                exact.resourceVersion = options.resourceVersion ?? last.metadata.resourceVersion
            }
            do {
                return try await delete(last, exact)
            } catch let error as StoreError
                where error.reason == .conflict && options.resourceVersion == nil && options.uid == nil
                && collisions < Self.maximumCollisions
            {
                collisions += 1
            }
        }
    }

    private func delete(_ last: UnstructuredObject, _ options: DeleteOptions) async throws -> UnstructuredObject {
        let type = last.type
        let call = APICall(
            method: .DELETE,
            target: APIPath.object(type, last.key),
            body: try options.document.jsonData(),
            type: type,
            name: last.metadata.name
        )
        do {
            let answer = try parse(await sender.send(call), call)
            // A Status tells that the object is gone; otherwise it is the object, perhaps only marked.
            return answer["kind"]?.stringValue == "Status" ? last : try object(answer, type)
        } catch let failure as APIFailure {
            // The attempt whose answer was lost has done it.
            if failure.isRepeated, failure.error.reason == .notFound { return last }
            throw failure.error
        }
    }
}

extension DeleteOptions {
    fileprivate var document: JSONValue {
        var preconditions: JSONValue = [:]
        preconditions["uid"] = uid.map(JSONValue.string)
        preconditions["resourceVersion"] = resourceVersion.map(JSONValue.string)
        return [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": .string(propagation.rawValue),
            "preconditions": preconditions,
        ]
    }
}
