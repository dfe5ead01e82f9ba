import Foundation
import KubernetesAPI
import Resources
import Testing

@Suite("Leases of coordination.k8s.io")
struct CoordinationLeaseTests {
    private static let leases = "/apis/coordination.k8s.io/v1/namespaces/lab/leases"

    private func lease(_ name: String, seconds: JSONValue = 10) -> JSONValue {
        [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": .string(name)],
            "spec": [
                "holderIdentity": "a", "leaseDurationSeconds": seconds, "leaseTransitions": 0,
                "renewTime": "2026-01-31T08:00:00.123456Z",
            ],
        ]
    }

    @Test("discovery lists their group before ours, so that a plain \"leases\" means them, as on a cluster")
    func order() async throws {
        try await withAPI { api in
            let groups = try await api.send(.get, "/apis").body["groups"]?.arrayValue?.map { $0["name"] }
            let first = try #require(groups?.firstIndex(of: "coordination.k8s.io"))
            let second = try #require(groups?.firstIndex(of: "jumpstarter.dev"))
            #expect(first < second)
            let resources = try await api.send(.get, "/apis/coordination.k8s.io/v1").body["resources"]?.arrayValue
            #expect(resources?.map { $0["name"] } == ["leases"])
        }
    }

    @Test("they are kept apart from ours, with the microseconds of their times, and show their holder")
    func verbs() async throws {
        try await withAPI { api in
            let created = try await api.send(.post, Self.leases, lease("x"))
            #expect(created.code == 201)
            #expect(created.body["spec"]?["renewTime"] == "2026-01-31T08:00:00.123456Z")
            #expect(try await api.send(.get, "\(Sample.leases)/x").code == 404)
            let table = try await api.send(.get, Self.leases, accept: Sample.table).body
            #expect(table["columnDefinitions"]?.arrayValue?.map { $0["name"] } == ["Name", "Holder", "Age"])
            #expect(table["rows"]?.arrayValue?.first?["cells"]?.arrayValue?.prefix(2) == ["x", "a"])
        }
    }

    @Test("a duration of nothing is invalid")
    func duration() async throws {
        try await withAPI { api in
            let answer = try await api.send(.post, Self.leases, lease("x", seconds: 0))
            #expect(answer.code == 422)
            #expect(answer.message.contains("spec.leaseDurationSeconds"))
        }
    }
}
