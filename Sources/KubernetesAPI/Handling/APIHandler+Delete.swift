import Foundation
import ObjectStore
import Resources

extension APIHandler {
    func delete(_ route: ObjectRoute, _ request: APIRequest) async throws -> APIResponse {
        let query = try DeleteQuery(request)
        if query.isDryRun {
            let object = try await store.get(route.kind.type, route.key)
            try query.check(object)
            return Self.success(object)
        }
        let object = try await store.delete(route.kind.type, route.key, options: query.options)
        // With finalizers left the object is still there, only marked: the client sees it and may wait.
        if !object.metadata.finalizers.isEmpty { return APIResponse(body: .data(ObjectPrinter.data(object))) }
        return Self.success(object)
    }

    /// Deletes everything that matches, one by one; an object that somebody else deletes meanwhile counts as done.
    func deleteCollection(_ route: ObjectRoute, _ request: APIRequest) async throws -> APIResponse {
        if route.kind.type.isNamespaced && route.namespace == nil { throw APIStatus.methodNotAllowed }
        let printer = try AnswerPrinter(route.kind, request, now: now)
        let query = try DeleteQuery(request)
        let selection = try Selection(request.query, route.kind)
        let options = ListOptions(labelSelector: selection.labels, fieldSelector: selection.fields)
        let list = try await store.list(route.kind.type, namespace: route.namespace, options: options)
        if !query.isDryRun {
            for object in list.items { try await deleteIfThere(object, query.options.propagation) }
        }
        return printer.response(to: list)
    }

    private func deleteIfThere(_ object: UnstructuredObject, _ propagation: DeleteOptions.Propagation) async throws {
        let options = DeleteOptions(uid: object.metadata.uid, propagation: propagation)
        do {
            _ = try await store.delete(object.type, object.key, options: options)
        } catch let error as StoreError where error.reason == .notFound || error.reason == .conflict {
            return
        }
    }

    private static func success(_ object: UnstructuredObject) -> APIResponse {
        var details = APIStatus.Details(type: object.type, name: object.metadata.name)
        details.uid = object.metadata.uid
        return APIResponse(json: APIStatus(code: 200, reason: "", message: "", details: details).value)
    }
}
