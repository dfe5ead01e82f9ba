import Foundation
import ObjectStore
import Resources
import Testing

@Suite("JSON patches")
struct JSONPatchTests {
    private static func json(_ text: String) throws -> JSONValue { try JSONValue(json: Data(text.utf8)) }

    @Test(
        "change a document as RFC 6902 says",
        arguments: [
            (#"{"a":1}"#, #"[]"#, #"{"a":1}"#),
            (#"{"a":1}"#, #"[{"op":"add","path":"/b","value":2}]"#, #"{"a":1,"b":2}"#),
            (#"{"a":1}"#, #"[{"op":"add","path":"/a","value":2}]"#, #"{"a":2}"#),
            (#"{"a":1}"#, #"[{"op":"add","path":"","value":[]}]"#, #"[]"#),
            (#"{"a":1}"#, #"[{"op":"add","path":"/","value":2}]"#, #"{"a":1,"":2}"#),
            (#"[1,2]"#, #"[{"op":"add","path":"/1","value":3}]"#, #"[1,3,2]"#),
            (#"[1,2]"#, #"[{"op":"add","path":"/-","value":3}]"#, #"[1,2,3]"#),
            (#"[1,2]"#, #"[{"op":"add","path":"/2","value":3}]"#, #"[1,2,3]"#),
            (#"{"a":{"b":[1]}}"#, #"[{"op":"add","path":"/a/b/0","value":{"c":2}}]"#, #"{"a":{"b":[{"c":2},1]}}"#),
            (#"{"a":1,"b":2}"#, #"[{"op":"remove","path":"/a"}]"#, #"{"b":2}"#),
            (#"[1,2]"#, #"[{"op":"remove","path":"/0"}]"#, #"[2]"#),
            (#"{"a":1}"#, #"[{"op":"replace","path":"/a","value":null}]"#, #"{"a":null}"#),
            (#"{"a":1}"#, #"[{"op":"move","from":"/a","path":"/b"}]"#, #"{"b":1}"#),
            (#"[1,2,3]"#, #"[{"op":"move","from":"/0","path":"/2"}]"#, #"[2,3,1]"#),
            (#"{"a":1}"#, #"[{"op":"move","from":"/a","path":"/a"}]"#, #"{"a":1}"#),
            (#"{"a":{"b":1}}"#, #"[{"op":"copy","from":"/a","path":"/a/c"}]"#, #"{"a":{"b":1,"c":{"b":1}}}"#),
            (#"{"a~b":1,"c/d":2}"#, #"[{"op":"remove","path":"/a~0b"},{"op":"remove","path":"/c~1d"}]"#, #"{}"#),
            (#"{"~1":1}"#, #"[{"op":"test","path":"/~01","value":1}]"#, #"{"~1":1}"#),
            (#"{"a":[1,{"b":2}]}"#, #"[{"op":"test","path":"/a","value":[1,{"b":2}]}]"#, #"{"a":[1,{"b":2}]}"#),
        ]
    )
    func applying(_ target: String, _ patch: String, _ result: String) throws {
        let operations = try JSONPatchOperation.list(parsing: Self.json(patch))
        #expect(try Self.json(target).applying(operations) == Self.json(result))
    }

    @Test(
        "that do not apply say which operation and why",
        arguments: [
            (#"{"a":1}"#, #"[{"op":"remove","path":"/b"}]"#, "operation 0: there is nothing at /b"),
            (#"{"a":1}"#, #"[{"op":"replace","path":"/b","value":1}]"#, "operation 0: there is nothing at /b"),
            (#"{"a":1}"#, #"[{"op":"add","path":"/b/c","value":1}]"#, "operation 0: there is nothing at /b/c"),
            (#"{"a":1}"#, #"[{"op":"add","path":"/a/c","value":1}]"#, "operation 0: there is nothing at /a/c"),
            (#"[1]"#, #"[{"op":"add","path":"/2","value":1}]"#, "operation 0: there is nothing at /2"),
            (#"[1]"#, #"[{"op":"remove","path":"/-"}]"#, "operation 0: \"-\" in /- is not an index of a list"),
            (#"[1]"#, #"[{"op":"remove","path":"/00"}]"#, "operation 0: \"00\" in /00 is not an index of a list"),
            (#"[1]"#, #"[{"op":"remove","path":""}]"#, "operation 0: the whole document cannot be removed"),
            (
                #"{"a":1}"#, #"[{"op":"add","path":"/b","value":1},{"op":"test","path":"/a","value":2}]"#,
                "operation 1: the test of /a failed"
            ),
            (
                #"{"a":{}}"#, #"[{"op":"move","from":"/a","path":"/a/b"}]"#,
                "operation 0: /a cannot be moved into itself, /a/b"
            ),
        ]
    )
    func failing(_ target: String, _ patch: String, _ message: String) throws {
        let operations = try JSONPatchOperation.list(parsing: Self.json(patch))
        let document = try Self.json(target)
        let error = #expect(throws: JSONPatchError.self) { try document.applying(operations) }
        #expect(error?.description == message)
    }

    @Test(
        "that are malformed are bad requests that name the operation",
        arguments: [
            (#"{}"#, "expected a list"), (#"[1]"#, "operation 0: expected an object"),
            (#"[{"op":"add","path":"/a"}]"#, "operation 0: the member value is missing"),
            (#"[{"path":"/a"}]"#, "operation 0: the member op"),
            (#"[{"op":"remove"}]"#, "operation 0: the member path"),
            (#"[{"op":"move","path":"/a"}]"#, "operation 0: the member from"),
            (#"[{"op":"remove","path":"/a"},{"op":"turn","path":"/a"}]"#, "operation 1: unknown op \"turn\""),
            (#"[{"op":"remove","path":"a"}]"#, "must be empty or begin with a slash"),
            (#"[{"op":"remove","path":"/a~2"}]"#, "a ~ must be followed by 0 or 1"),
        ]
    )
    func malformed(_ patch: String, _ message: String) throws {
        let document = try Self.json(patch)
        let error = #expect(throws: StoreError.self) { try JSONPatchOperation.list(parsing: document) }
        #expect(error?.reason == .badRequest)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("compare numbers by value")
    func numbers() throws {
        let document: JSONValue = ["a": .number(2)]
        #expect(try document.applying([.test(path: "/a", value: 2)]) == document)
    }
}
