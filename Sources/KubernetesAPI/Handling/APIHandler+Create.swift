import Foundation
import ObjectStore
import Resources

extension APIHandler {
    func create(_ route: ObjectRoute, _ request: APIRequest) async throws -> APIResponse {
        let kind = route.kind
        if kind.type.isNamespaced && route.namespace == nil { throw APIStatus.methodNotAllowed }
        let printer = try AnswerPrinter(kind, request, now: now)
        let query = try WriteQuery(request.query)
        var reader = ObjectReader(kind, query.fieldValidation)
        var object = try reader.read(try request.object(), at: .init(namespace: route.namespace, name: nil))
        if object.metadata.resourceVersion ?? "" != "" {
            throw APIStatus.badRequest("resourceVersion should not be set on objects to be created")
        }
        prepareForCreation(&object, kind)
        try ObjectRules.check(object, kind)
        try await requireNamespace(route.namespace)
        let created = query.isDryRun ? try await rehearse(creationOf: object) : try await store.create(object)
        return printer.response(to: created, code: 201, warnings: reader.warnings)
    }

    private func prepareForCreation(_ object: inout UnstructuredObject, _ kind: KindDefinition) {
        object.metadata.resourceVersion = nil
        object.metadata.uid = nil
        object.metadata.generation = nil
        object.metadata.creationTimestamp = nil
        object.metadata.deletionTimestamp = nil
        if kind.type.hasStatusSubresource { object.content["status"] = nil }
        Self.finish(&object)
    }

    /// What the server itself sets on a namespace. Source: Kubernetes documentation, "Namespaces".
    static func finish(_ object: inout UnstructuredObject) {
        guard object.type == .namespaces else { return }
        object.content["status"] = ["phase": object.metadata.deletionTimestamp == nil ? "Active" : "Terminating"]
        if !object.metadata.name.isEmpty {
            object.metadata.labels["kubernetes.io/metadata.name"] = object.metadata.name
        }
    }

    /// - Throws: `StoreError.notFound` when there is no such namespace.
    private func requireNamespace(_ name: String?) async throws {
        guard let name else { return }
        _ = try await store.get(.namespaces, ObjectKey(name: name))
    }

    private func rehearse(creationOf object: UnstructuredObject) async throws -> UnstructuredObject {
        var object = object
        let uid = configuration.makeUID().uuidString.lowercased()
        if object.metadata.name.isEmpty {
            object.metadata.name = (object.metadata.generateName ?? "") + uid.suffix(5)
        }
        do {
            _ = try await store.get(object.type, object.key)
            throw StoreError.alreadyExists(object.type, object.key)
        } catch let error as StoreError where error.reason == .notFound {
            object.metadata.uid = uid
            object.metadata.generation = 1
            object.metadata.creationTimestamp = now
            return object
        }
    }
}
