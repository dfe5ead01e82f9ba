import Foundation
import KubernetesAPI
import Resources
import Testing

@Suite("Lists, tables and the forms of an answer")
struct ListingTests {
    private func fill(_ api: API, _ count: Int) async throws {
        for index in 0..<count {
            let exporter = Sample.exporter("dut-\(index)", labels: ["parity": index % 2 == 0 ? "even" : "odd"])
            #expect(try await api.send(.post, Sample.exporters, exporter).code == 201)
        }
    }

    @Test("A list names its kind and the version that it shows")
    func list() async throws {
        try await withAPI { api in
            try await fill(api, 2)
            let list = try await api.send(.get, Sample.exporters).body
            #expect(list["kind"] == "ExporterList")
            #expect(list["apiVersion"] == "jumpstarter.dev/v1alpha1")
            #expect(list["items"]?.arrayValue?.map { $0["metadata"]?["name"] } == ["dut-0", "dut-1"])
            #expect(list["metadata"]?["resourceVersion"]?.stringValue.flatMap(UInt64.init) != nil)
        }
    }

    @Test("Pages lead from one to the next and count what is left")
    func pages() async throws {
        try await withAPI { api in
            try await fill(api, 5)
            let first = try await api.send(.get, "\(Sample.exporters)?limit=2").body
            #expect(first["items"]?.arrayValue?.count == 2)
            #expect(first["metadata"]?["remainingItemCount"] == 3)
            var names: [JSONValue?] = first["items"]?.arrayValue?.map { $0["metadata"]?["name"] } ?? []
            var token = first["metadata"]?["continue"]?.stringValue
            while let next = token {
                let query = next.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                let page = try await api.send(.get, "\(Sample.exporters)?limit=2&continue=\(query)").body
                names += page["items"]?.arrayValue?.map { $0["metadata"]?["name"] } ?? []
                token = page["metadata"]?["continue"]?.stringValue
            }
            #expect(names == ["dut-0", "dut-1", "dut-2", "dut-3", "dut-4"])
        }
    }

    @Test("Selectors choose by labels and by fields")
    func selectors() async throws {
        try await withAPI { api in
            try await fill(api, 3)
            func names(_ query: String) async throws -> [JSONValue?] {
                try await api.send(.get, "\(Sample.exporters)?\(query)").items.map { $0["metadata"]?["name"] }
            }
            #expect(try await names("labelSelector=parity%3Deven") == ["dut-0", "dut-2"])
            #expect(try await names("labelSelector=parity+notin+(even)") == ["dut-1"])
            #expect(try await names("fieldSelector=metadata.name%3Ddut-1") == ["dut-1"])
            #expect(
                try await names("fieldSelector=metadata.name!%3Ddut-1,metadata.namespace%3Dlab") == ["dut-0", "dut-2"]
            )
        }
    }

    @Test("Events are found by the object that they are about")
    func events() async throws {
        try await withAPI { api in
            for name in ["a", "b"] {
                let event: JSONValue = [
                    "metadata": ["name": .string("\(name).1")], "type": "Normal", "reason": "ExporterOnline",
                    "involvedObject": ["kind": "Exporter", "name": .string(name), "namespace": "lab", "uid": "u"],
                ]
                #expect(try await api.send(.post, "/api/v1/namespaces/lab/events", event).code == 201)
            }
            let selector = "involvedObject.name%3Da,involvedObject.uid%3Du,reason%3DExporterOnline"
            let found = try await api.send(.get, "/api/v1/namespaces/lab/events?fieldSelector=\(selector)").items
            #expect(found.map { $0["metadata"]?["name"] } == ["a.1"])
        }
    }

    @Test("A table has the columns of its kind and a row with metadata for each object")
    func table() async throws {
        try await withAPI { api in
            try await fill(api, 1)
            let table = try await api.send(.get, Sample.exporters, accept: Sample.table).body
            #expect(table["kind"] == "Table")
            let columns = table["columnDefinitions"]?.arrayValue ?? []
            #expect(columns.map { $0["name"] } == ["Name", "Enabled", "Status", "Message", "Age"])
            #expect(columns.map { $0["priority"] } == [0, 0, 0, 1, 0])
            let row = table["rows"]?.arrayValue?.first
            #expect(row?["cells"] == ["dut-0", true, nil, nil, "0s"])
            #expect(row?["object"]?["kind"] == "PartialObjectMetadata")
            #expect(row?["object"]?["spec"] == nil)
        }
    }

    @Test("A table's rows carry what includeObject asks for", arguments: [("None", nil), ("Object", "Exporter")])
    func includeObject(_ word: String, _ kind: String?) async throws {
        try await withAPI { api in
            try await fill(api, 1)
            let target = "\(Sample.exporters)/dut-0?includeObject=\(word)"
            let row = try await api.send(.get, target, accept: Sample.table).body["rows"]?.arrayValue?.first
            #expect(row?["object"]?["kind"] == kind.map(JSONValue.string))
        }
    }

    @Test("The columns of each kind are those that administrators know")
    func columns() {
        let names = Dictionary(
            uniqueKeysWithValues: KindDefinition.all.map { ($0.type.qualifiedPlural, $0.columns.map(\.name)) }
        )
        #expect(names["clients.jumpstarter.dev"] == ["Name", "Token Expires", "Age"])
        #expect(names["leases.jumpstarter.dev"] == ["Name", "Ended", "Client", "Exporter", "Age"])
        #expect(names["exporteraccesspolicies.jumpstarter.dev"] == ["Name", "Age"])
        #expect(names["secrets"] == ["Name", "Type", "Data", "Age"])
        #expect(names["configmaps"] == ["Name", "Data", "Age"])
        #expect(names["namespaces"] == ["Name", "Status", "Age"])
    }

    @Test("The first clause of Accept that can be served decides the form")
    func accept() async throws {
        try await withAPI { api in
            try await fill(api, 1)
            let mixed = "application/vnd.kubernetes.protobuf, \(Sample.table), application/json"
            #expect(try await api.send(.get, Sample.exporters, accept: mixed).body["kind"] == "Table")
            let partial = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
            let list = try await api.send(.get, Sample.exporters, accept: partial).body
            #expect(list["kind"] == "PartialObjectMetadataList")
            #expect(list["items"]?.arrayValue?.first?["spec"] == nil)
            #expect(try await api.send(.get, Sample.exporters, accept: "*/*").body["kind"] == "ExporterList")
            let yaml = try await api.send(.get, Sample.exporters, accept: "application/yaml")
            #expect(yaml.contentType == "application/yaml")
        }
    }

    @Test("Only the present state can be listed exactly")
    func exactVersion() async throws {
        try await withAPI { api in
            try await fill(api, 1)
            let version = try await api.send(.get, Sample.exporters).body["metadata"]?["resourceVersion"]?.stringValue
            let present = try #require(version)
            let exact = "resourceVersionMatch=Exact"
            #expect(try await api.send(.get, "\(Sample.exporters)?resourceVersion=\(present)&\(exact)").code == 200)
            let expired = try await api.send(.get, "\(Sample.exporters)?resourceVersion=1&\(exact)")
            #expect(expired.code == 410)
            #expect(expired.reason == "Expired")
        }
    }
}
