import Foundation
import ObjectStore
import Resources

extension APIHandler {
    func get(_ route: ObjectRoute, _ request: APIRequest) async throws -> APIResponse {
        let printer = try AnswerPrinter(route.kind, request, now: now)
        return printer.response(to: try await store.get(route.kind.type, route.key))
    }

    func list(_ route: ObjectRoute, _ request: APIRequest) async throws -> APIResponse {
        let printer = try AnswerPrinter(route.kind, request, now: now)
        let versions = try VersionQuery(request.query)
        let selection = try Selection(request.query, route.kind)
        let options = ListOptions(
            labelSelector: selection.labels,
            fieldSelector: selection.fields,
            limit: try request.query.count("limit").flatMap { $0 == 0 ? nil : $0 },
            continueToken: request.query["continue"]
        )
        if options.continueToken != nil && request.query["resourceVersion"] ?? "0" != "0" {
            throw APIStatus.badRequest("specifying resource version is not allowed when using continue")
        }
        let list = try await store.list(route.kind.type, namespace: route.namespace, options: options)
        try versions.check(listed: list.resourceVersion)
        return printer.response(to: list)
    }
}
