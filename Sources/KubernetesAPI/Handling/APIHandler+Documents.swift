import Foundation
import Resources

extension APIHandler {
    /// The answers that do not come from the store.
    func document(_ route: Route, _ request: APIRequest) throws(APIStatus) -> APIResponse {
        switch route {
        case .health: return APIResponse(contentType: "text/plain; charset=utf-8", body: .data(Data("ok".utf8)))
        case .openAPI2: return try openAPI2(request)
        case .coreVersions, .groups:
            if let response = try aggregatedDiscovery(route, request) { return response }
        default: break
        }
        guard let document = json(route) else { throw .pageNotFound }
        return APIResponse(json: document)
    }

    private func json(_ route: Route) -> JSONValue? {
        switch route {
        case .version: version
        case .coreVersions: Discovery.coreVersions
        case .groups: Discovery.groupList
        case .group(let name): Discovery.group(name)
        case .resources(let group, let version): Discovery.resourceList(group: group, version: version)
        case .openAPI3Index: OpenAPI.index
        case .openAPI3(let group, let version): OpenAPI.document3(group: group, version: version)
        default: nil
        }
    }

    private func aggregatedDiscovery(_ route: Route, _ request: APIRequest) throws(APIStatus) -> APIResponse? {
        guard case .aggregatedDiscovery(let version) = try AcceptedFormat(accept: request.accept).view else {
            return nil
        }
        var isCore = false
        if case .coreVersions = route { isCore = true }
        return APIResponse(
            contentType: "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList",
            json: AggregatedDiscovery.document(version: version, isCore: isCore)
        )
    }

    /// For a List of objects kubectl checks the fields itself and takes nothing but protobuf here. It gets a document
    /// without kinds, and leaves kinds that it does not find there to the server, which checks fields anyway.
    private func openAPI2(_ request: APIRequest) throws(APIStatus) -> APIResponse {
        if request.accept.trimmingCharacters(in: .whitespaces) == MediaType.acceptedOpenAPI2Protobuf {
            return APIResponse(contentType: MediaType.openAPI2Protobuf, body: .data(OpenAPI.emptyDocument2))
        }
        _ = try AcceptedFormat(accept: request.accept)
        return APIResponse(json: OpenAPI.document2)
    }

    /// The Kubernetes version whose API this is the shape of goes first: clients compare it with their own.
    private var version: JSONValue {
        [
            "major": "1", "minor": "36", "gitVersion": .string("v1.36.0+jumpstarter.\(configuration.version)"),
            "gitCommit": "", "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": "swift",
            "platform": "linux",
        ]
    }
}
