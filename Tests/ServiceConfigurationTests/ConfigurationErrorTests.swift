import ServiceConfiguration
import Testing

@Suite("A wrong configuration document")
struct ConfigurationErrorTests {
    private func issues(_ yaml: String) -> [ConfigurationIssue] {
        do {
            _ = try JumpstarterConfiguration(yaml: yaml)
            return []
        } catch {
            return error.issues
        }
    }

    @Test(
        "is refused with the path and what would be accepted",
        arguments: [
            ("grcp: {}", "grcp", "accepted: authentication, provisioning, grpc"),
            ("GRPC: {}", "GRPC", "did you mean grpc?"),
            ("grpc: {keepalive: {mintime: 1s}}", "grpc.keepalive.mintime", "did you mean minTime?"),
            ("grpc: {keepalive: {minTime: 1}}", "grpc.keepalive.minTime", "found the number 1"),
            ("grpc: {keepalive: {minTime: 1 s}}", "grpc.keepalive.minTime", "such as 1h30m"),
            ("grpc: {keepalive: {minTime: -1s}}", "grpc.keepalive.minTime", "accepted: 0s or more"),
            ("grpc: {keepalive: {timeout: 1ms}}", "grpc.keepalive.timeout", "accepted: 1s or more"),
            ("grpc: {keepalive: {maxConnectionAge: soon}}", "grpc.keepalive.maxConnectionAge", "such as 1h30m"),
            ("grpc: {keepalive: {permitWithoutStream: yes}}", "grpc.keepalive.permitWithoutStream", "true or false"),
            (
                "grpc: {keepalive: {permitWithoutStream: \"true\"}}", "grpc.keepalive.permitWithoutStream",
                "true or false"
            ),
            ("grpc: []", "grpc", "expected a map of keys to values, found a list"),
            ("grpc: text", "grpc", "found the text \"text\""),
            ("- a", "", "found a list"),
            ("authentication: {internal: {prefix: 12}}", "authentication.internal.prefix", "found the number 12"),
            (
                "authentication: {internal: {tokenLifetime: 0s}}", "authentication.internal.tokenLifetime",
                "1m0s or more"
            ),
            ("authentication: {k8s: {enabled: 1}}", "authentication.k8s.enabled", "true or false"),
            ("authentication: {jwt: {}}", "authentication.jwt", "expected a list, found a map"),
            ("leasePolicy: {maxTags: ten}", "leasePolicy.maxTags", "a whole number from 0 to 100"),
            ("leasePolicy: {maxTags: 1.5}", "leasePolicy.maxTags", "found the number 1.5"),
            ("leasePolicy: {maxTags: -1}", "leasePolicy.maxTags", "out of range"),
            ("leasePolicy: {maxTags: 99999999999999999999}", "leasePolicy.maxTags", "out of range"),
            ("hiddenLabels: {keys: [a, /b]}", "hiddenLabels.keys[1]", "is no label key"),
            ("hiddenLabels: {keys: [1]}", "hiddenLabels.keys[0]", "in quotes"),
            ("deprecatedLabels: {keys: {a b: x}}", "deprecatedLabels.keys[\"a b\"]", "is no label key"),
            ("deprecatedLabels: {keys: [a]}", "deprecatedLabels.keys", "found a list"),
            ("telemetry: {endpoint: host}", "telemetry.endpoint", "HOST:PORT"),
            ("telemetry: {endpoint: \"https://host:1\"}", "telemetry.endpoint", "without a scheme"),
            (
                "telemetry: {logging: {filter: {min_severity: loud}}}", "telemetry.logging.filter.min_severity",
                "accepted: debug, info, warning, error, critical"
            ),
            ("a: [", "", "is not YAML"),
            ("provisioning: {}\nprovisioning: {}", "", "given twice: provisioning"),
        ]
    )
    func table(yaml: String, path: String, message: String) throws {
        let found = issues(yaml)
        let issue = try #require(found.first)
        #expect(found.count == 1, "\(found)")
        #expect(issue.path == path)
        #expect(issue.message.contains(message), "\(issue.message)")
    }

    @Test("reports everything at once, in the order of the lines")
    func several() {
        let yaml = """
            leasePolicy:
              maxTags: many
            grpc:
              keepalive:
                minTime: 1
                unknown: 2
            more: {}
            """
        let found = issues(yaml)
        #expect(
            found.map(\.path) == ["leasePolicy.maxTags", "grpc.keepalive.minTime", "grpc.keepalive.unknown", "more"]
        )
        #expect(found.map(\.line) == [2, 5, 6, 7])
    }

    @Test("shows all of it in one text")
    func text() {
        let error = #expect(throws: ConfigurationError.self) {
            try JumpstarterConfiguration(yaml: "leasePolicy:\n  maxTags: many\nmore: 1\n")
        }
        #expect(
            error?.description == """
                2 errors in the configuration:
                  leasePolicy.maxTags (line 2): expected a whole number from 0 to 100, found the text "many"
                  more (line 3): unknown key; accepted: authentication, provisioning, grpc, leasePolicy, hiddenLabels, \
                deprecatedLabels, telemetry
                """
        )
    }

    @Test("longer than a ConfigMap can be is refused")
    func tooLong() {
        #expect(issues("# " + String(repeating: "x", count: 1 << 20)).first?.message.contains("longer") == true)
    }
}
