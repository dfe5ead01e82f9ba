import Authentication
import TestSupport
import Testing

@Suite("The name derived from a user name")
struct DerivedNameTests {
    @Test(
        "follows the rule",
        arguments: [
            ("dex:alice", "alice"), ("dex:Alice.Smith@Example.com", "alice-smith-example-com"),
            ("alice", "alice"), ("a:b:c", "b-c"), ("dex:--a--b--", "a-b"), ("dex:_a_", "a"), (":x", "x"),
            ("dex:Ünal", "nal"), ("dex:a \u{1F600} b", "a-b"), ("dex:42", "42"), ("dex:A-B", "a-b"),
        ]
    )
    func examples(userName: String, expected: String) {
        #expect(DerivedName.derive(fromUserName: userName) == expected)
    }

    @Test("is missing when nothing is left", arguments: ["", "dex:", "dex:---", "dex:日本", ":", "alice:"])
    func nothingLeft(userName: String) {
        #expect(DerivedName.derive(fromUserName: userName) == nil)
    }

    @Test("is cut to 63 characters and does not end in a hyphen there")
    func length() {
        let long = String(repeating: "a", count: 100)
        #expect(DerivedName.derive(fromUserName: long)?.count == 63)
        let hyphenAtEnd = String(repeating: "a", count: 62) + "--b"
        #expect(DerivedName.derive(fromUserName: hyphenAtEnd) == String(repeating: "a", count: 62))
    }

    @Test("is always a valid label, and stays the same when derived again")
    func properties() {
        var generator = SeededGenerator(seed: 7)
        let alphabet = Array("aAzZ09-_.@: /\\\u{130}\u{212A}é日\u{1F600}\n\0")
        for _ in 0..<5_000 {
            let length = Int.random(in: 0...120, using: &generator)
            let userName = String((0..<length).compactMap { _ in alphabet.randomElement(using: &generator) })
            guard let name = DerivedName.derive(fromUserName: userName) else { continue }
            #expect(DNS1123.isLabel(name), "\(userName.debugDescription) gave \(name)")
            #expect(!name.contains("--"))
            #expect(DerivedName.derive(fromUserName: name) == name)
            #expect(DerivedName.derive(fromUserName: "prefix:\(name)") == name)
        }
    }
}
