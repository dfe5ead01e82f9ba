import Foundation
import Moving
import ObjectStore
import Resources
import SQLiteStore
import Testing

@Suite struct YAMLTextTests {
    @Test(
        "A text that YAML could take for something else arrives as it was",
        arguments: [
            "true", "No", "null", "~", "12", "0x1F", "1e3", ".inf", "2026-01-31", "2026-01-31T08:00:00Z", "", " ",
            "a: b",
            "- a", "# a", "a #b", "---", "---\n---\n", "\ttab", "trailing \n", "\n", "'", "\"", "\\", "{a}", "&a", "*a",
            "!a", "%a", "@a", "`a", "ü", "日本", "🙂", "\u{7}", "\u{85}", "\u{2028}", "a\r\nb", "1:20", "=", "<<", "y",
        ]
    )
    func text(_ text: String) async throws {
        try await withStores(2) { stores in
            let key = ObjectKey(namespace: "lab", name: "alice")
            let metadata = ObjectMeta(
                name: "alice",
                namespace: "lab",
                annotations: ["note": text, "a.b/\(text.count)": ""]
            )
            let made = try await stores[0].create(Client(metadata: metadata, spec: .init(username: text)))
            _ = try await LabImport.apply(LabExport.make(from: stores[0], namespace: "lab"), to: stores[1])
            let moved = try await stores[1].get(Client.self, key)
            #expect(moved.spec.username == text)
            #expect(moved.metadata.annotations["note"] == text)
            #expect(made.metadata.annotations.allSatisfy { moved.metadata.annotations[$0.key] == $0.value })
        }
    }

    @Test("A lab of the names that YAML has words for moves")
    func names() async throws {
        try await withStores(2) { stores in
            for name in ["null", "true", "1", "no", "0x1", "1e3"] {
                let metadata = ObjectMeta(name: name, namespace: "lab", labels: [name: name])
                _ = try await stores[0].create(Client(metadata: metadata, spec: .init()))
            }
            _ = try await LabImport.apply(LabExport.make(from: stores[0], namespace: "lab"), to: stores[1])
            #expect(try await Portrait.all(stores[0], "lab") == Portrait.all(stores[1], "lab"))
        }
    }
}
