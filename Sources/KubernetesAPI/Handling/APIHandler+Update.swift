import Foundation
import ObjectStore
import Resources

extension APIHandler {
    func replace(_ route: ObjectRoute, _ request: APIRequest) async throws -> APIResponse {
        let body = try request.object()
        return try await change(route, request) { reader, _ in
            let place = ObjectReader.Place(namespace: route.namespace, name: route.name)
            let object = try reader.read(body, at: place)
            // Custom resources must say which version they replace; core kinds may replace any.
            if object.metadata.resourceVersion ?? "" == "" && !route.kind.type.group.isEmpty {
                let problem = FieldProblem(.invalid, "metadata.resourceVersion", "must be specified for an update")
                throw APIStatus.invalid(route.kind.type, name: route.name ?? "", [problem])
            }
            return object
        }
    }

    func patch(_ route: ObjectRoute, _ request: APIRequest) async throws -> APIResponse {
        let patch = try RequestedPatch(request, route.kind)
        return try await change(route, request) { reader, old in
            let place = ObjectReader.Place(namespace: route.namespace, name: route.name)
            return try reader.read(try patch.apply(to: try old.value()), at: place)
        }
    }

    /// How often a change that names no version is tried again when others write in between.
    private static let maximumAttempts = 8

    /// Reads the object, makes the new one from it, and writes it only over the one that was read.
    private func change(
        _ route: ObjectRoute,
        _ request: APIRequest,
        _ make: (inout ObjectReader, UnstructuredObject) throws -> UnstructuredObject
    ) async throws -> APIResponse {
        let printer = try AnswerPrinter(route.kind, request, now: now)
        let query = try WriteQuery(request.query)
        var attempt = 1
        while true {
            let old = try await store.get(route.kind.type, route.key)
            var reader = ObjectReader(route.kind, query.fieldValidation)
            let wanted = try make(&reader, old)
            let new = try Self.successor(of: old, wanted, route)
            do {
                let stored = try await write(new, over: old, route, query)
                return printer.response(to: stored, warnings: reader.warnings)
            } catch let error as StoreError where error.reason == .conflict && attempt < Self.maximumAttempts {
                // A version that the client named is compared again with the newer object, and then fails.
                attempt += 1
            }
        }
    }

    private static func successor(
        of old: UnstructuredObject,
        _ wanted: UnstructuredObject,
        _ route: ObjectRoute
    ) throws(APIStatus) -> UnstructuredObject {
        var new = wanted
        try ObjectRules.keepServerFields(&new, of: old)
        if let version = wanted.metadata.resourceVersion, !version.isEmpty, version != old.metadata.resourceVersion {
            throw APIStatus(.conflict(old.type, old.key))
        }
        if route.isStatus {
            new = old
            new.content["status"] = wanted.content["status"]
        } else if route.kind.type.hasStatusSubresource {
            new.content["status"] = old.content["status"]
        }
        new.metadata.resourceVersion = old.metadata.resourceVersion
        finish(&new)
        try ObjectRules.check(new, route.kind, replacing: old)
        return new
    }

    /// A change that changes nothing is not written, so that nobody's watch wakes for it.
    private func write(
        _ new: UnstructuredObject,
        over old: UnstructuredObject,
        _ route: ObjectRoute,
        _ query: WriteQuery
    ) async throws -> UnstructuredObject {
        if query.isDryRun || new == old { return new }
        return try await store.update(new, subresource: route.isStatus ? .status : .main)
    }
}
