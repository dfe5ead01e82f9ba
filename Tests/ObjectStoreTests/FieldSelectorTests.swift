import ObjectStore
import Resources
import Testing

@Suite("FieldSelector")
struct FieldSelectorTests {
    private static let event = UnstructuredObject(
        type: .events,
        metadata: ObjectMeta(name: "e", namespace: "lab"),
        content: ["involvedObject": ["name": "alice", "uid": "u"], "reason": "R", "type": "Normal"]
    )

    @Test(
        "chooses by fields of the object",
        arguments: [
            ("", true), ("metadata.name=e", true), ("metadata.name==e", true), ("metadata.name!=e", false),
            ("metadata.namespace=lab", true), ("involvedObject.name=alice,involvedObject.uid=u", true),
            ("involvedObject.name=alice,involvedObject.uid=v", false), ("reason!=X", true), (" type = Normal ", true),
            ("involvedObject.kind=", true), ("involvedObject.kind!=", false), ("nothing.here=x", false),
        ]
    )
    func matching(_ text: String, _ expected: Bool) throws {
        #expect(try FieldSelector(parsing: text).matches(Self.event) == expected)
    }

    @Test("refuses a part without an operator or a path", arguments: ["metadata.name", "=x", "a=b,c", "!=x"])
    func refusing(_ text: String) {
        let error = #expect(throws: StoreError.self) { try FieldSelector(parsing: text) }
        #expect(error?.reason == .badRequest)
    }

    @Test("knows the name that it asks for")
    func exactName() throws {
        #expect(try FieldSelector(parsing: "reason=R,metadata.name=e").exactName == "e")
        #expect(try FieldSelector(parsing: "metadata.name!=e").exactName == nil)
        #expect(try FieldSelector(parsing: "").isEmpty)
    }
}
