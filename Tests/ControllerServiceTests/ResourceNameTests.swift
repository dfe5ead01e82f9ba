import ControllerService
import Resources
import Testing

@Suite("Names of ClientService's resources")
struct ResourceNameTests {
    @Test("a name gives namespace and name, and is written back the same")
    func parses() throws {
        let text = "namespaces/lab/leases/0198c2d1-a.b"
        let key = try ResourceName.parse(text, collection: "leases", field: "name")
        #expect(key == ObjectKey(namespace: "lab", name: "0198c2d1-a.b"))
        #expect(ResourceName.format(key, collection: "leases") == text)
        #expect(try ResourceName.parseParent("namespaces/lab") == "lab")
    }

    @Test(
        "a malformed name says which segment is wrong",
        arguments: [
            ("", "has 1 segments"),
            ("board", "has 1 segments"),
            ("namespaces/lab/exporters", "has 3 segments"),
            ("namespaces/lab/exporters/a/b", "has 5 segments"),
            ("/namespaces/lab/exporters/a", "has 5 segments"),
            ("namespace/lab/exporters/a", "segment 1"),
            ("namespaces//exporters/a", "segment 2"),
            ("namespaces/Lab/exporters/a", "segment 2"),
            ("namespaces/a.b/exporters/a", "segment 2"),
            ("namespaces/\(String(repeating: "n", count: 64))/exporters/a", "segment 2"),
            ("namespaces/lab/leases/a", "segment 3"),
            ("namespaces/lab/exporters/", "segment 4"),
            ("namespaces/lab/exporters/A", "segment 4"),
            ("namespaces/lab/exporters/a b", "segment 4"),
            ("namespaces/lab/exporters/-a", "segment 4"),
            ("namespaces/lab/exporters/a..b", "segment 4"),
            ("namespaces/lab/exporters/\(String(repeating: "n", count: 254))", "segment 4"),
        ]
    )
    func namesTheSegment(text: String, part: String) {
        let problem = #expect(throws: ResourceName.Problem.self) {
            try ResourceName.parse(text, collection: "exporters", field: "name")
        }
        #expect(problem?.description.hasPrefix("name: ") == true)
        #expect(problem?.description.contains(part) == true, "\(problem?.description ?? "")")
    }

    @Test(
        "a malformed parent says which segment is wrong",
        arguments: [
            ("", "has 1 segments"),
            ("lab", "has 1 segments"),
            ("namespaces/lab/leases", "has 3 segments"),
            ("namespace/lab", "segment 1"),
            ("namespaces/", "segment 2"),
            ("namespaces/la_b", "segment 2"),
        ]
    )
    func namesTheSegmentOfAParent(text: String, part: String) {
        let problem = #expect(throws: ResourceName.Problem.self) { try ResourceName.parseParent(text) }
        #expect(problem?.description.hasPrefix("parent: ") == true)
        #expect(problem?.description.contains(part) == true, "\(problem?.description ?? "")")
    }
}
