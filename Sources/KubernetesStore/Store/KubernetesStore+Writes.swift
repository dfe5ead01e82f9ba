import Foundation
import NIOHTTP1
package import ObjectStore
package import Resources

extension KubernetesStore {
    /// How often an update without a version is tried against a newer one.
    private static let maximumCollisions = 10

    package func create(_ object: UnstructuredObject) async throws -> UnstructuredObject {
        let type = object.type
        if let version = object.metadata.resourceVersion, !version.isEmpty {
            throw StoreError(
                .badRequest,
                "resourceVersion should not be set on objects to be created",
                type: type,
                name: object.metadata.name
            )
        }
        let hasName = !object.metadata.name.isEmpty
        let call = APICall(
            method: .POST,
            target: APIPath.collection(type, object.metadata.namespace),
            body: try object.jsonData(),
            repetition: hasName ? .harmless : .harmful,
            type: type,
            name: object.metadata.name
        )
        return try await send(call, type, excusing: .alreadyExists) { found in
            Comparison.holds(found, whatWasCreated: object)
        }
    }

    package func update(_ object: UnstructuredObject, subresource: Subresource) async throws -> UnstructuredObject {
        try check(object.type, object.key)
        if let version = object.metadata.resourceVersion, !version.isEmpty {
            return try await replace(object, subresource)
        }
        // Custom resources take no update without a version (`AllowUnconditionalUpdate` is false).
        var collisions = 0
        while true {
            var next = object
            next.metadata.resourceVersion = try await get(object.type, object.key).metadata.resourceVersion
            do {
                return try await replace(next, subresource)
            } catch let error as StoreError where error.reason == .conflict && collisions < Self.maximumCollisions {
                // A conflict of uids does not go away.
                if let uid = object.metadata.uid, try await get(object.type, object.key).metadata.uid != uid {
                    throw error
                }
                collisions += 1
            }
        }
    }

    private func replace(_ object: UnstructuredObject, _ subresource: Subresource) async throws -> UnstructuredObject {
        let call = APICall(
            method: .PUT,
            target: APIPath.object(object.type, object.key, subresource),
            body: try object.jsonData(),
            type: object.type,
            name: object.metadata.name
        )
        return try await send(call, object.type, excusing: .conflict) { found in
            Comparison.isEqual(found, object, subresource)
        }
    }

    package func patch(
        _ type: ResourceType,
        _ key: ObjectKey,
        _ patch: Patch,
        subresource: Subresource
    ) async throws -> UnstructuredObject {
        try check(type, key)
        let body: JSONValue
        var call = APICall(
            method: .PATCH,
            target: APIPath.object(type, key, subresource),
            repetition: .harmful,
            type: type,
            name: key.name
        )
        switch patch {
        case .merge(let document):
            body = document
            call.contentType = "application/merge-patch+json"
            if document[path: ["metadata", "resourceVersion"]]?.stringValue != nil { call.repetition = .harmless }
        case .json(let operations):
            body = .array(operations.map(\.document))
            call.contentType = "application/json-patch+json"
        }
        call.body = try body.jsonData()
        return try await send(call, type, excusing: .conflict) { found in
            guard case .merge(var document) = patch else { return false }
            document["metadata"]?["resourceVersion"] = nil
            let value = try found.value()
            return value.mergePatched(with: document) == value
        }
    }

    /// Sends a write. When an earlier attempt of it may have been carried out, a refusal for that reason may be our own
    /// doing: then the object as it is decides.
    private func send(
        _ call: APICall,
        _ type: ResourceType,
        excusing reason: StoreError.Reason,
        ifIntended isIntended: (UnstructuredObject) throws -> Bool
    ) async throws -> UnstructuredObject {
        do {
            return try object(parse(await sender.send(call), call), type)
        } catch let failure as APIFailure {
            guard failure.isRepeated, failure.error.reason == reason, let body = call.body else { throw failure.error }
            let sent = try? UnstructuredObject(type: type, json: body)
            let found = try await get(type, key(of: call, sent))
            guard try isIntended(found) else { throw failure.error }
            return found
        }
    }

    /// The key that a write was about: that of the object sent, or, of a patch, the one in its path.
    private func key(of call: APICall, _ sent: UnstructuredObject?) -> ObjectKey {
        let parts = call.target.split(separator: "/").map(String.init)
        let namespace = parts.firstIndex(of: "namespaces").map { parts[$0 + 1] }
        return ObjectKey(namespace: sent?.metadata.namespace ?? namespace ?? "", name: call.name ?? "")
    }
}

extension JSONPatchOperation {
    /// The operation as RFC 6902 writes it.
    fileprivate var document: JSONValue {
        switch self {
        case .add(let path, let value): ["op": "add", "path": .string(path), "value": value]
        case .remove(let path): ["op": "remove", "path": .string(path)]
        case .replace(let path, let value): ["op": "replace", "path": .string(path), "value": value]
        case .move(let from, let path): ["op": "move", "from": .string(from), "path": .string(path)]
        case .copy(let from, let path): ["op": "copy", "from": .string(from), "path": .string(path)]
        case .test(let path, let value): ["op": "test", "path": .string(path), "value": value]
        }
    }
}
