import Foundation
import KubernetesAPI
import ObjectStore
import Resources
import SQLiteStore
import Testing

/// An API over an embedded store in a folder of its own, asked directly, without HTTP.
struct API {
    static let token = "the administrator's token"
    /// The time that the API and its store believe it is.
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    let handler: APIHandler
    let store: SQLiteStore

    struct Answer {
        var code: Int
        var body: JSONValue
        var headers: [(name: String, value: String)]
        var contentType: String

        var message: String { body["message"]?.stringValue ?? "" }
        var reason: String { body["reason"]?.stringValue ?? "" }
        var items: [JSONValue] { body["items"]?.arrayValue ?? [] }
        var warnings: [String] { headers.filter { $0.name == "Warning" }.map(\.value) }
    }

    func send(
        _ method: APIRequest.Method,
        _ target: String,
        _ body: JSONValue? = nil,
        accept: String = "",
        contentType: String = "application/json"
    ) async throws -> Answer {
        try await send(
            method,
            target,
            data: try body.map { try $0.jsonData() } ?? Data(),
            accept: accept,
            contentType: contentType
        )
    }

    func send(
        _ method: APIRequest.Method,
        _ target: String,
        data: Data,
        accept: String = "",
        contentType: String
    ) async throws -> Answer {
        let response = await handler.respond(to: try request(method, target, data, accept, contentType))
        let text = try #require(response.data, "the answer is a watch")
        return Answer(
            code: response.code,
            body: try JSONValue(json: text),
            headers: response.headers,
            contentType: response.contentType
        )
    }

    /// A watch that has begun.
    func watch(_ target: String, accept: String = "") async throws -> WatchSession {
        let response = await handler.respond(to: try request(.get, target, Data(), accept, ""))
        guard case .watch(let session) = response.body else {
            throw NotAWatch(answer: String(decoding: response.data ?? Data(), as: UTF8.self))
        }
        return session
    }

    private func request(
        _ method: APIRequest.Method,
        _ target: String,
        _ body: Data,
        _ accept: String,
        _ contentType: String
    ) throws -> APIRequest {
        try #require(
            APIRequest(
                method,
                target: target,
                accept: accept,
                contentType: contentType,
                authorization: "Bearer \(Self.token)",
                body: body
            )
        )
    }
}

struct NotAWatch: Error { var answer: String }

/// Runs a test with an API that has the namespace `lab`, and puts everything away after.
func withAPI(maximumWatches: Int = 10, _ test: (API) async throws -> Void) async throws {
    let folder = URL.temporaryDirectory.appending(component: "kubernetes-api-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try SQLiteStore(folder: folder, now: { API.now })
    var configuration = APIHandler.Configuration(
        adminToken: API.token,
        version: "1.2.3",
        now: { API.now },
        makeUID: { UUID() }
    )
    configuration.maximumWatches = maximumWatches
    let api = API(handler: APIHandler(store: store, configuration: configuration), store: store)
    do {
        _ = try await store.create(UnstructuredObject(type: .namespaces, metadata: ObjectMeta(name: "lab")))
        try await test(api)
    } catch {
        try await store.close()
        throw error
    }
    try await store.close()
}

/// Paths and bodies that many tests use.
enum Sample {
    static let group = "/apis/jumpstarter.dev/v1alpha1"
    static let exporters = "\(group)/namespaces/lab/exporters"
    static let leases = "\(group)/namespaces/lab/leases"
    static let clients = "\(group)/namespaces/lab/clients"
    static let secrets = "/api/v1/namespaces/lab/secrets"
    static let configMaps = "/api/v1/namespaces/lab/configmaps"
    static let mergePatch = "application/merge-patch+json"
    static let table = "application/json;as=Table;v=v1;g=meta.k8s.io"

    static func exporter(_ name: String, labels: [String: JSONValue] = [:]) -> JSONValue {
        [
            "apiVersion": "jumpstarter.dev/v1alpha1", "kind": "Exporter",
            "metadata": ["name": .string(name), "labels": .object(labels)], "spec": [:],
        ]
    }

    static func lease(_ name: String) -> JSONValue {
        [
            "apiVersion": "jumpstarter.dev/v1alpha1", "kind": "Lease", "metadata": ["name": .string(name)],
            "spec": ["clientRef": ["name": "alice"], "duration": "1h", "selector": ["matchLabels": ["board": "x"]]],
        ]
    }

    static func secret(_ name: String) -> JSONValue {
        ["apiVersion": "v1", "kind": "Secret", "metadata": ["name": .string(name)], "data": ["token": "YWJj"]]
    }
}
