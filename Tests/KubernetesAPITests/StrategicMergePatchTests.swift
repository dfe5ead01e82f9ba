import Resources
import Testing

@testable import KubernetesAPI

@Suite("Strategic merge patches of core kinds")
struct StrategicMergePatchTests {
    private func apply(_ patch: JSONValue, to target: JSONValue) throws -> JSONValue {
        try StrategicMergePatch(schema: KindDefinition.secret.schema).apply(patch, to: target)
    }

    private func owner(_ uid: String, _ name: String) -> JSONValue {
        ["uid": .string(uid), "name": .string(name), "kind": "Client", "apiVersion": "v1"]
    }

    @Test("Members are merged, null removes, other lists are replaced")
    func members() throws {
        let target: JSONValue = ["data": ["a": "1", "b": "2"], "type": "Opaque"]
        let patch: JSONValue = ["data": ["a": nil, "c": "3"], "type": "other"]
        #expect(try apply(patch, to: target) == ["data": ["b": "2", "c": "3"], "type": "other"])
    }

    @Test("Owner references are merged by uid")
    func owners() throws {
        let target: JSONValue = ["metadata": ["ownerReferences": [owner("1", "a"), owner("2", "b")]]]
        let change: JSONValue = ["uid": "2", "controller": true]
        let patched = try apply(["metadata": ["ownerReferences": [change, owner("3", "c")]]], to: target)
        var second = owner("2", "b")
        second["controller"] = true
        #expect(patched["metadata"]?["ownerReferences"] == [owner("1", "a"), second, owner("3", "c")])
    }

    @Test("An element of a keyed list is deleted by its key")
    func deleteElement() throws {
        let target: JSONValue = ["metadata": ["ownerReferences": [owner("1", "a"), owner("2", "b")]]]
        let patch: JSONValue = ["metadata": ["ownerReferences": [["$patch": "delete", "uid": "1"]]]]
        #expect(try apply(patch, to: target)["metadata"]?["ownerReferences"] == [owner("2", "b")])
    }

    @Test("$patch: replace in a keyed list replaces the list")
    func replaceList() throws {
        let target: JSONValue = ["metadata": ["ownerReferences": [owner("1", "a")]]]
        let patch: JSONValue = ["metadata": ["ownerReferences": [["$patch": "replace"], owner("2", "b")]]]
        #expect(try apply(patch, to: target)["metadata"]?["ownerReferences"] == [owner("2", "b")])
    }

    @Test("Finalizers are a set: added once, deleted by word, kept in the order that is asked for")
    func finalizers() throws {
        let target: JSONValue = ["metadata": ["finalizers": ["x/a", "x/b"]]]
        let added = try apply(["metadata": ["finalizers": ["x/b", "x/c"]]], to: target)
        #expect(added["metadata"]?["finalizers"] == ["x/a", "x/b", "x/c"])
        let removed = try apply(["metadata": ["$deleteFromPrimitiveList/finalizers": ["x/a"]]], to: target)
        #expect(removed["metadata"]?["finalizers"] == ["x/b"])
        let order: JSONValue = ["metadata": ["$setElementOrder/finalizers": ["x/c", "x/a"], "finalizers": ["x/c"]]]
        #expect(try apply(order, to: target)["metadata"]?["finalizers"] == ["x/c", "x/a", "x/b"])
    }

    @Test("Directives on objects replace, delete and retain")
    func directives() throws {
        let target: JSONValue = ["data": ["a": "1", "b": "2"], "type": "Opaque"]
        #expect(try apply(["data": ["$patch": "replace", "c": "3"]], to: target)["data"] == ["c": "3"])
        #expect(try apply(["data": ["$patch": "delete"]], to: target)["data"] == nil)
        let retained = try apply(["data": ["$retainKeys": ["b", "c"], "c": "3"]], to: target)
        #expect(retained["data"] == ["b": "2", "c": "3"])
    }

    @Test(
        "What is not understood is refused",
        arguments: [
            ["$patch": "sideways"], ["data": ["$unknown": 1]], ["$retainKeys": "a"],
            ["metadata": ["ownerReferences": [["name": "no uid"]]]], ["$setElementOrder/a": 5],
        ] as [JSONValue]
    )
    func refused(_ patch: JSONValue) {
        let error = #expect(throws: APIStatus.self) { try apply(patch, to: [:]) }
        #expect(error?.code == 400)
    }

    @Test("A Secret is patched this way through the API")
    func throughAPI() async throws {
        try await withAPI { api in
            _ = try await api.send(.post, Sample.secrets, Sample.secret("s"))
            let answer = try await api.send(
                .patch,
                "\(Sample.secrets)/s",
                ["stringData": ["extra": "abc"], "metadata": ["finalizers": ["x/a"]]],
                contentType: "application/strategic-merge-patch+json"
            )
            #expect(answer.body["data"] == ["token": "YWJj", "extra": "YWJj"])
            #expect(answer.body["metadata"]?["finalizers"] == ["x/a"])
        }
    }
}
