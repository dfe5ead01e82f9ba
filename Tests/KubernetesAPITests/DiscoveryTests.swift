import Foundation
import KubernetesAPI
import Resources
import Testing

@Suite("What the API tells of itself")
struct DiscoveryTests {
    @Test("Health and version are told to everybody, everything else only to the administrator")
    func authentication() async throws {
        try await withAPI { api in
            let open = ["/healthz", "/livez", "/readyz", "/readyz/ping", "/version"]
            for path in open { try await expect(200, api, path, nil) }
            let refused = [nil, "", "Bearer", "Bearer ", "Bearer wrong", "Basic \(API.token)", "Bearer \(API.token)x"]
            for header in refused {
                try await expect(401, api, "/api", header)
                try await expect(401, api, "/nonsense", header)
            }
            try await expect(200, api, "/api", "bearer \(API.token)")
        }
    }

    private func expect(_ code: Int, _ api: API, _ target: String, _ authorization: String?) async throws {
        let request = try #require(APIRequest(.get, target: target, authorization: authorization))
        let answer = await api.handler.respond(to: request)
        #expect(answer.code == code, "\(target) with \(authorization ?? "nothing")")
        #expect((api.handler.refusal(of: request) == nil) == (code != 401))
    }

    @Test("The group is found by the path that kubectl walks")
    func walk() async throws {
        try await withAPI { api in
            #expect(try await api.send(.get, "/api").body["versions"] == ["v1"])
            let groups = try await api.send(.get, "/apis").body["groups"]?.arrayValue ?? []
            #expect(groups.contains { $0["name"] == "jumpstarter.dev" })
            let group = try await api.send(.get, "/apis/jumpstarter.dev").body
            #expect(group["preferredVersion"]?["groupVersion"] == "jumpstarter.dev/v1alpha1")
            let resources = try await api.send(.get, Sample.group).body["resources"]?.arrayValue ?? []
            let names = resources.compactMap { $0["name"]?.stringValue }
            for plural in ["clients", "exporters", "leases", "exporteraccesspolicies"] {
                #expect(names.contains(plural) && names.contains("\(plural)/status"))
            }
            #expect(try await api.send(.get, "/apis/nothing.dev").code == 404)
        }
    }

    @Test("Aggregated discovery is given in the version that was asked for", arguments: ["v2", "v2beta1"])
    func aggregated(_ version: String) async throws {
        try await withAPI { api in
            let accept = "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList"
            let answer = try await api.send(.get, "/apis", accept: accept)
            #expect(answer.contentType == accept)
            #expect(answer.body["apiVersion"]?.stringValue == "apidiscovery.k8s.io/\(version)")
            let groups = answer.body["items"]?.arrayValue?.map { $0["metadata"]?["name"] }
            #expect(groups?.contains("jumpstarter.dev") == true)
            let core = try await api.send(.get, "/api", accept: accept).body["items"]?.arrayValue?.first
            let names = core?["versions"]?.arrayValue?.first?["resources"]?.arrayValue?.map { $0["resource"] }
            #expect(names == ["configmaps", "events", "namespaces", "secrets"])
        }
    }

    @Test("OpenAPI says of every kind that the server checks fields")
    func fieldValidation() async throws {
        try await withAPI { api in
            let index = try await api.send(.get, "/openapi/v3").body["paths"]?.objectValue ?? [:]
            #expect(index.keys.sorted() == ["api/v1", "apis/coordination.k8s.io/v1", "apis/jumpstarter.dev/v1alpha1"])
            for entry in index.values {
                let target = try #require(entry["serverRelativeURL"]?.stringValue)
                let document = try await api.send(.get, target).body
                for (path, item) in document["paths"]?.objectValue ?? [:] {
                    guard let patch = item["patch"] else { continue }
                    let names = patch["parameters"]?.arrayValue?.map { $0["name"] }
                    #expect(names?.contains("fieldValidation") == true, "\(path)")
                    #expect(patch["x-kubernetes-group-version-kind"]?["kind"] != nil)
                }
            }
        }
    }

    @Test("Every reference of an OpenAPI document leads to a schema in it")
    func references() async throws {
        try await withAPI { api in
            for target in ["/openapi/v3/api/v1", "/openapi/v3/apis/jumpstarter.dev/v1alpha1", "/openapi/v2"] {
                let document = try await api.send(.get, target, accept: "application/json").body
                let schemas = document["components"]?["schemas"] ?? document["definitions"]
                for reference in Self.references(in: document) {
                    let name = try #require(reference.split(separator: "/").last.map(String.init))
                    #expect(schemas?[name] != nil, "\(reference)")
                }
            }
        }
    }

    private static func references(in value: JSONValue) -> [String] {
        switch value {
        case .array(let elements): elements.flatMap(references)
        case .object(let members):
            members.flatMap { key, member in
                key == "$ref" ? [member.stringValue ?? ""] : references(in: member)
            }
        default: []
        }
    }

    @Test("The administrator may do everything")
    func reviews() async throws {
        try await withAPI { api in
            let body: JSONValue = ["spec": ["resourceAttributes": ["verb": "delete", "resource": "leases"]]]
            let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
            let access = try await api.send(.post, path, body)
            #expect(access.code == 201)
            #expect(access.body["status"]?["allowed"] == true)
            let who = try await api.send(.post, "/apis/authentication.k8s.io/v1/selfsubjectreviews", [:])
            #expect(who.body["status"]?["userInfo"]?["username"]?.stringValue?.isEmpty == false)
            #expect(try await api.send(.get, path).code == 405)
        }
    }
}
