package import Foundation
package import ObjectStore
import Resources

/// Answers requests of the Kubernetes API from an object store. Free of any HTTP server.
///
/// | method | path | does |
/// |---|---|---|
/// | GET | `/version`, `/api`, `/apis`, `/openapi/...` | tells what is served |
/// | GET | `.../PLURAL`, `.../namespaces/NS/PLURAL` | list, or watch with `watch=true` |
/// | POST | `.../namespaces/NS/PLURAL` | create |
/// | DELETE | `.../namespaces/NS/PLURAL` | delete all that match |
/// | GET, PUT, PATCH, DELETE | `.../namespaces/NS/PLURAL/NAME` | one object |
/// | GET, PUT, PATCH | `.../namespaces/NS/PLURAL/NAME/status` | its status |
package struct APIHandler: Sendable {
    let store: any ObjectStore
    let configuration: Configuration
    let watches: WatchLimiter

    package struct Configuration: Sendable {
        /// The one bearer token that may do everything.
        package var adminToken: String
        /// What `/version` says, such as `1.2.3`.
        package var version: String
        /// The most watches at a time; further ones are answered 429.
        package var maximumWatches = 1000
        /// How long a watch lasts when its client does not say.
        package var watchTimeout = Duration.seconds(1800)
        /// The time of creation in dry runs and the end of ages.
        package var now: @Sendable () -> Date
        /// Identities for the objects of dry runs.
        package var makeUID: @Sendable () -> UUID

        package init(
            adminToken: String,
            version: String,
            now: @escaping @Sendable () -> Date,
            makeUID: @escaping @Sendable () -> UUID
        ) {
            self.adminToken = adminToken
            self.version = version
            self.now = now
            self.makeUID = makeUID
        }
    }

    package init(store: any ObjectStore, configuration: Configuration) {
        self.store = store
        self.configuration = configuration
        self.watches = WatchLimiter(maximum: configuration.maximumWatches)
    }

    /// The answer to a request; every failure is a `Status` object.
    package func respond(to request: APIRequest) async -> APIResponse {
        do {
            return try await route(request)
        } catch {
            return Self.response(to: APIStatus(from: error))
        }
    }

    /// Why the request is refused before its body is read, or nil.
    package func refusal(of request: APIRequest) -> APIResponse? {
        if Route(path: request.path)?.isPublic == true || isAdministrator(request) { return nil }
        return Self.response(to: .unauthorized)
    }

    static func response(to status: APIStatus) -> APIResponse {
        var response = APIResponse(code: status.code, json: status.value)
        if let seconds = status.details?.retryAfterSeconds { response.headers.append(("Retry-After", String(seconds))) }
        if status.code == 401 { response.headers.append(("WWW-Authenticate", "Bearer")) }
        return response
    }

    private func isAdministrator(_ request: APIRequest) -> Bool {
        guard let header = request.authorization else { return false }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        return SecretComparison.areEqual(String(parts[1]), configuration.adminToken)
    }

    private func route(_ request: APIRequest) async throws -> APIResponse {
        if let refusal = refusal(of: request) { return refusal }
        guard let route = Route(path: request.path) else { throw APIStatus.pageNotFound }
        switch route {
        case .objects(let objects): return try await respond(to: request, about: objects)
        case .review(let review):
            guard request.method == .post else { throw APIStatus.methodNotAllowed }
            return APIResponse(code: 201, json: review.answer(to: try request.object()))
        default:
            guard request.method == .get || request.method == .head else { throw APIStatus.methodNotAllowed }
            return try document(route, request)
        }
    }

    private func respond(to request: APIRequest, about route: ObjectRoute) async throws -> APIResponse {
        switch (request.method, route.name) {
        case (.get, nil):
            return try request.query.flag("watch") == true
                ? await watch(route, request) : await list(route, request)
        case (.get, _): return try await get(route, request)
        case (.post, nil): return try await create(route, request)
        case (.put, .some): return try await replace(route, request)
        case (.patch, .some): return try await patch(route, request)
        case (.delete, nil): return try await deleteCollection(route, request)
        case (.delete, .some) where !route.isStatus: return try await delete(route, request)
        default: throw APIStatus.methodNotAllowed
        }
    }

    var now: Timestamp { Timestamp(configuration.now()) }
}

extension APIHandler.Configuration: CustomStringConvertible {
    /// Without the token, since descriptions end up in logs.
    package var description: String { "version \(version), at most \(maximumWatches) watches" }
}
