import ServiceConfiguration
import Testing

@Suite("The router document")
struct RouterMapTests {
    private func issues(_ yaml: String) -> [ConfigurationIssue] {
        do {
            _ = try RouterMap(yaml: yaml)
            return []
        } catch {
            return error.issues
        }
    }

    @Test("names routers with endpoint and labels")
    func routers() throws {
        let map = try RouterMap(
            yaml: """
                default: {endpoint: "router.example.com:443", labels: {}}
                berlin:
                  endpoint: "[2001:db8::1]:8083"
                  labels: {example.com/site: berlin, tier: "1"}
                """
        )
        #expect(map.routers["default"] == RouterMap.Router(endpoint: HostPort(host: "router.example.com", port: 443)))
        #expect(map.routers["berlin"]?.endpoint.description == "[2001:db8::1]:8083")
        #expect(map.routers["berlin"]?.labels == ["example.com/site": "berlin", "tier": "1"])
    }

    @Test("may be empty", arguments: ["", "{}", "# none"])
    func empty(yaml: String) throws {
        #expect(try RouterMap(yaml: yaml).routers.isEmpty)
    }

    @Test(
        "is refused with the path",
        arguments: [
            ("a: {}", "router[\"a\"].endpoint", "is missing"),
            ("a:", "router[\"a\"].endpoint", "is missing"),
            ("a: {endpoint: \"\"}", "router[\"a\"].endpoint", "is missing"),
            ("a: {endpoint: host}", "router[\"a\"].endpoint", "HOST:PORT"),
            ("a: {endpoint: 8083}", "router[\"a\"].endpoint", "found the number"),
            ("a: {endpoint: \"h:1\", label: {}}", "router[\"a\"].label", "unknown key"),
            ("a: {endpoint: \"h:1\", labels: {x: 1}}", "router[\"a\"].labels[\"x\"]", "in quotes"),
            ("a: {endpoint: \"h:1\", labels: {x: \"-\"}}", "router[\"a\"].labels[\"x\"]", "no label value"),
            ("a: host:1", "router[\"a\"]", "expected a map"),
            ("[]", "router", "expected a map"),
        ]
    )
    func table(yaml: String, path: String, message: String) throws {
        let found = issues(yaml)
        let issue = try #require(found.first)
        #expect(issue.path == path)
        #expect(issue.message.contains(message), "\(issue.message)")
    }
}

@Suite("A host and port")
struct HostPortTests {
    @Test("reads what it prints", arguments: ["localhost:8082", "10.0.0.1:1", "[::1]:65535", "a-b.example.com.:443"])
    func roundTrip(text: String) {
        #expect(HostPort(parsing: text)?.description == text)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "localhost", ":80", "host:", "host:0", "host:65536", "host:-1", "host:+1", "host:8o", "::1:80", "[::1]",
            "https://host:1", "host:1/x", "ho st:1", "[host]:1", "host:000001",
        ]
    )
    func refused(text: String) {
        #expect(HostPort(parsing: text) == nil)
    }
}
