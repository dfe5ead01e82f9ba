import Foundation
import ObjectStore
import Resources

extension APIHandler {
    func watch(_ route: ObjectRoute, _ request: APIRequest) async throws -> APIResponse {
        let printer = try AnswerPrinter(route.kind, request, now: now)
        let selection = try Selection(request.query, route.kind)
        let versions = try VersionQuery(request.query)
        let wantsBookmarks = try request.query.flag("allowWatchBookmarks") ?? false
        let sendsInitial = try initialEvents(request.query, versions)
        let options = WatchOptions(
            resourceVersion: sendsInitial == true ? nil : versions.version.map(String.init),
            labelSelector: selection.labels,
            fieldSelector: selection.fields,
            allowBookmarks: wantsBookmarks
        )
        let permit = try watches.permit()
        let session = WatchSession(
            events: try await store.watch(route.kind.type, namespace: route.namespace, options: options),
            printer: EventPrinter(
                printer: printer,
                marksInitialEvents: sendsInitial == true,
                now: configuration.now
            ),
            timeout: try timeout(request.query),
            permit: permit
        )
        return APIResponse(body: .watch(session))
    }

    /// 0 counts as not said, as in Kubernetes.
    private func timeout(_ query: QueryParameters) throws(APIStatus) -> Duration {
        guard let seconds = try query.count("timeoutSeconds"), seconds > 0 else { return configuration.watchTimeout }
        return .seconds(seconds)
    }

    /// Whether the watch begins with the objects that are there (`sendInitialEvents`).
    /// - Throws: `APIStatus` 422 when the parameters do not go together, as in Kubernetes.
    private func initialEvents(_ query: QueryParameters, _ versions: VersionQuery) throws(APIStatus) -> Bool? {
        let sends = try query.flag("sendInitialEvents")
        guard sends != nil || versions.match != nil else { return nil }
        var problems: [FieldProblem] = []
        if sends == nil {
            let rule = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            problems.append(FieldProblem(.forbidden, "resourceVersionMatch", rule))
        } else if versions.match != .notOlderThan {
            let rule = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            problems.append(FieldProblem(.forbidden, "resourceVersionMatch", rule))
        }
        guard problems.isEmpty else {
            let list = problems.map { "\($0.field): \($0.message)" }.joined(separator: ", ")
            var details = APIStatus.Details(type: nil, name: nil)
            details.kind = "ListOptions"
            details.group = "meta.k8s.io"
            details.causes = problems
            let message = "ListOptions.meta.k8s.io \"\" is invalid: \(list)"
            throw APIStatus(code: 422, reason: "Invalid", message: message, details: details)
        }
        return sends
    }
}
