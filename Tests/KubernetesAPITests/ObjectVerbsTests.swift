import Foundation
import KubernetesAPI
import Resources
import Testing

@Suite("Reading and writing objects")
struct ObjectVerbsTests {
    @Test("A created object comes back with what the server set, defaults included")
    func create() async throws {
        try await withAPI { api in
            let created = try await api.send(.post, Sample.exporters, Sample.exporter("dut"))
            #expect(created.code == 201)
            let read = try await api.send(.get, "\(Sample.exporters)/dut").body
            #expect(read == created.body)
            #expect(read["spec"]?["enabled"] == true)
            #expect(read["apiVersion"] == "jumpstarter.dev/v1alpha1")
            #expect(read["kind"] == "Exporter")
            #expect(read["metadata"]?["namespace"] == "lab")
            #expect(read["metadata"]?["generation"] == 1)
            #expect(read["metadata"]?["managedFields"] == [])
            for member in ["uid", "resourceVersion", "creationTimestamp"] {
                #expect(read["metadata"]?[member]?.stringValue?.isEmpty == false)
            }
        }
    }

    @Test("A status is not taken on creation, and only changes by its subresource")
    func status() async throws {
        try await withAPI { api in
            var exporter = Sample.exporter("dut")
            exporter["status"] = ["endpoint": "early:1"]
            #expect(try await api.send(.post, Sample.exporters, exporter).body["status"] == nil)
            let patch: JSONValue = ["status": ["endpoint": "host:1"], "spec": ["enabled": false]]
            let main = try await patched(api, "\(Sample.exporters)/dut", patch)
            #expect(main["status"] == nil)
            #expect(main["spec"]?["enabled"] == false)
            let back: JSONValue = ["status": ["endpoint": "host:1"], "spec": ["enabled": true]]
            let status = try await patched(api, "\(Sample.exporters)/dut/status", back)
            #expect(status["status"]?["endpoint"] == "host:1")
            #expect(status["spec"]?["enabled"] == false)
            #expect(status["metadata"]?["generation"] == main["metadata"]?["generation"])
            #expect(try await api.send(.get, "\(Sample.exporters)/dut/status").body == status)
        }
    }

    private func patched(_ api: API, _ path: String, _ patch: JSONValue) async throws -> JSONValue {
        let answer = try await api.send(.patch, path, patch, contentType: Sample.mergePatch)
        #expect(answer.code == 200, "\(answer.message)")
        return answer.body
    }

    @Test("Replacing a custom resource needs the version that it replaces")
    func replace() async throws {
        try await withAPI { api in
            let created = try await api.send(.post, Sample.exporters, Sample.exporter("dut")).body
            let path = "\(Sample.exporters)/dut"
            #expect(try await api.send(.put, path, Sample.exporter("dut")).code == 422)
            var next = created
            next["spec"] = ["enabled": false]
            #expect(try await api.send(.put, path, next).code == 200)
            let stale = try await api.send(.put, path, next)
            #expect(stale.code == 409)
            #expect(stale.reason == "Conflict")
        }
    }

    @Test("A core object may be replaced without naming a version")
    func replaceSecret() async throws {
        try await withAPI { api in
            _ = try await api.send(.post, Sample.secrets, Sample.secret("s"))
            var next = Sample.secret("s")
            next["data"] = nil
            next["stringData"] = ["token": "xyz"]
            let answer = try await api.send(.put, "\(Sample.secrets)/s", next)
            #expect(answer.code == 200)
            #expect(answer.body["data"] == ["token": "eHl6"])
            #expect(answer.body["stringData"] == nil)
        }
    }

    @Test("A change that changes nothing is not written")
    func unchanged() async throws {
        try await withAPI { api in
            let created = try await api.send(.post, Sample.exporters, Sample.exporter("dut")).body
            let patch: JSONValue = ["spec": ["enabled": true]]
            let answer = try await api.send(
                .patch,
                "\(Sample.exporters)/dut",
                patch,
                contentType: Sample.mergePatch
            )
            #expect(answer.body == created)
        }
    }

    @Test("A JSON patch whose test fails changes nothing")
    func jsonPatch() async throws {
        try await withAPI { api in
            _ = try await api.send(.post, Sample.exporters, Sample.exporter("dut"))
            let good: JSONValue = [["op": "replace", "path": "/spec/enabled", "value": false]]
            let type = "application/json-patch+json"
            let answer = try await api.send(.patch, "\(Sample.exporters)/dut", good, contentType: type)
            #expect(answer.body["spec"]?["enabled"] == false)
            let bad: JSONValue = [
                ["op": "replace", "path": "/spec/enabled", "value": true],
                ["op": "test", "path": "/metadata/name", "value": "other"],
            ]
            #expect(try await api.send(.patch, "\(Sample.exporters)/dut", bad, contentType: type).code == 422)
            let read = try await api.send(.get, "\(Sample.exporters)/dut").body
            #expect(read["spec"]?["enabled"] == false)
        }
    }

    @Test("A dry run answers as the real thing would and stores nothing")
    func dryRun() async throws {
        try await withAPI { api in
            let created = try await api.send(.post, "\(Sample.exporters)?dryRun=All", Sample.exporter("dut"))
            #expect(created.code == 201)
            #expect(created.body["metadata"]?["uid"] != nil)
            #expect(try await api.send(.get, "\(Sample.exporters)/dut").code == 404)
            _ = try await api.send(.post, Sample.exporters, Sample.exporter("dut"))
            #expect(try await api.send(.post, "\(Sample.exporters)?dryRun=All", Sample.exporter("dut")).code == 409)
            let target = "\(Sample.exporters)/dut?dryRun=All"
            let patch: JSONValue = ["spec": ["enabled": false]]
            let patched = try await api.send(.patch, target, patch, contentType: Sample.mergePatch)
            #expect(patched.body["spec"]?["enabled"] == false)
            #expect(try await api.send(.delete, target).code == 200)
            #expect(try await api.send(.get, "\(Sample.exporters)/dut").body["spec"]?["enabled"] == true)
        }
    }

    @Test("A deletion tells which object went, and keeps its preconditions")
    func delete() async throws {
        try await withAPI { api in
            let uid = try await api.send(.post, Sample.exporters, Sample.exporter("dut")).body["metadata"]?["uid"]
            let wrong: JSONValue = ["preconditions": ["uid": "another"]]
            #expect(try await api.send(.delete, "\(Sample.exporters)/dut", wrong).code == 409)
            let answer = try await api.send(.delete, "\(Sample.exporters)/dut")
            #expect(answer.body["status"] == "Success")
            #expect(answer.body["details"]?["uid"] == uid)
            #expect(try await api.send(.delete, "\(Sample.exporters)/dut").code == 404)
        }
    }

    @Test("An object with a finalizer is only marked until the finalizer goes")
    func finalizer() async throws {
        try await withAPI { api in
            var exporter = Sample.exporter("dut")
            exporter["metadata"] = ["name": "dut", "finalizers": ["example.com/hold"]]
            _ = try await api.send(.post, Sample.exporters, exporter)
            let marked = try await api.send(.delete, "\(Sample.exporters)/dut")
            #expect(marked.body["kind"] == "Exporter")
            #expect(marked.body["metadata"]?["deletionTimestamp"] != nil)
            let patch: JSONValue = ["metadata": ["finalizers": nil]]
            _ = try await api.send(.patch, "\(Sample.exporters)/dut", patch, contentType: Sample.mergePatch)
            #expect(try await api.send(.get, "\(Sample.exporters)/dut").code == 404)
        }
    }

    @Test("A collection is deleted as far as the selector reaches")
    func deleteCollection() async throws {
        try await withAPI { api in
            for (name, board) in [("a", "x"), ("b", "y"), ("c", "x")] {
                let exporter = Sample.exporter(name, labels: ["board": .string(board)])
                _ = try await api.send(.post, Sample.exporters, exporter)
            }
            #expect(try await api.send(.delete, "\(Sample.exporters)?labelSelector=board%3Dx").items.count == 2)
            let left = try await api.send(.get, Sample.exporters).items
            #expect(left.map { $0["metadata"]?["name"] } == ["b"])
        }
    }

    @Test("Deleting a namespace deletes what is in it")
    func namespace() async throws {
        try await withAPI { api in
            let body: JSONValue = ["kind": "Namespace", "apiVersion": "v1", "metadata": ["name": "tmp"]]
            let created = try await api.send(.post, "/api/v1/namespaces", body)
            #expect(created.body["status"]?["phase"] == "Active")
            _ = try await api.send(.post, "/api/v1/namespaces/tmp/secrets", Sample.secret("s"))
            #expect(try await api.send(.get, "/api/v1/secrets").items.count == 1)
            #expect(try await api.send(.delete, "/api/v1/namespaces/tmp").code == 200)
            #expect(try await api.send(.get, "/api/v1/secrets").items.isEmpty)
            #expect(try await api.send(.post, "/api/v1/namespaces/tmp/secrets", Sample.secret("s")).code == 404)
        }
    }

    @Test("YAML is read like JSON")
    func yaml() async throws {
        try await withAPI { api in
            let text = """
                apiVersion: jumpstarter.dev/v1alpha1
                kind: Lease
                metadata: {name: l, labels: {number: "5"}}
                spec:
                  clientRef: {name: alice}
                  selector: {matchLabels: {board: x}}
                  release: false
                """
            let answer = try await api.send(
                .post,
                Sample.leases,
                data: Data(text.utf8),
                contentType: "application/yaml"
            )
            #expect(answer.code == 201, "\(answer.message)")
            #expect(answer.body["metadata"]?["labels"] == ["number": "5"])
            #expect(answer.body["spec"]?["release"] == false)
        }
    }

    @Test("generateName makes a name with that prefix")
    func generateName() async throws {
        try await withAPI { api in
            var exporter = Sample.exporter("")
            exporter["metadata"] = ["generateName": "dut-"]
            let answer = try await api.send(.post, Sample.exporters, exporter)
            let name = try #require(answer.body["metadata"]?["name"]?.stringValue)
            #expect(name.hasPrefix("dut-") && name.count > 4)
        }
    }
}
