import ServiceConfiguration
import Testing

@Suite("A configured external issuer")
struct JWTIssuerConfigurationTests {
    private static let minimal = """
        issuer: {url: "https://dex.example.com", audiences: [jumpstarter]}
        claimMappings: {username: {claim: sub, prefix: "dex:"}}
        """

    private func document(_ entries: String...) -> String {
        let items = entries.map { entry in
            "    - " + entry.split(separator: "\n").joined(separator: "\n      ")
        }
        return "authentication:\n  jwt:\n" + items.joined(separator: "\n")
    }

    private func issues(_ yaml: String) -> [ConfigurationIssue] {
        do {
            _ = try JumpstarterConfiguration(yaml: yaml)
            return []
        } catch {
            return error.issues
        }
    }

    @Test("needs an address, an audience and a user name")
    func minimal() throws {
        let issuers = try JumpstarterConfiguration(yaml: document(Self.minimal)).authentication.issuers
        let issuer = try #require(issuers.first)
        #expect(issuer.url == "https://dex.example.com")
        #expect(issuer.discoveryURL == nil)
        #expect(issuer.certificateAuthority == nil)
        #expect(issuer.audiences == ["jumpstarter"])
        #expect(issuer.requiredClaims.isEmpty)
        #expect(issuer.userName.claim == "sub")
        #expect(issuer.userName.prefix == "dex:")
    }

    @Test("may have everything else that is supported")
    func full() throws {
        let yaml = document(
            """
            issuer:
              url: https://dex.example.com/realm
              discoveryURL: https://dex.internal:5556/.well-known/openid-configuration
              certificateAuthority: /etc/ca.pem
              audiences: [a, b]
              audienceMatchPolicy: MatchAny
            claimValidationRules: [{claim: hd, requiredValue: example.com}]
            claimMappings: {username: {claim: email, prefix: ""}}
            """
        )
        let issuer = try #require(try JumpstarterConfiguration(yaml: yaml).authentication.issuers.first)
        #expect(issuer.discoveryURL == "https://dex.internal:5556/.well-known/openid-configuration")
        #expect(issuer.certificateAuthority == .path("/etc/ca.pem"))
        #expect(issuer.audiences == ["a", "b"])
        #expect(issuer.requiredClaims.map(\.claim) == ["hd"])
        #expect(issuer.requiredClaims.map(\.value) == ["example.com"])
        #expect(issuer.userName.prefix == "")
    }

    @Test("takes a certificate authority as PEM text")
    func pem() throws {
        let pem = "-----BEGIN CERTIFICATE-----\\nMII=\\n-----END CERTIFICATE-----"
        let entry = Self.minimal.replacing("audiences:", with: "certificateAuthority: \"\(pem)\", audiences:")
        let issuer = try #require(try JumpstarterConfiguration(yaml: document(entry)).authentication.issuers.first)
        #expect(issuer.certificateAuthority == .pem("-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----"))
    }

    @Test(
        "is refused with the path when something is wrong",
        arguments: [
            ("https://dex.example.com", "http://dex.example.com", "issuer.url", "https"),
            ("https://dex.example.com", "https://", "issuer.url", "https"),
            ("https://dex.example.com", "https://user@dex.example.com", "issuer.url", "not permitted"),
            ("https://dex.example.com", "https://dex.example.com?a=b", "issuer.url", "not permitted"),
            ("https://dex.example.com", "", "issuer.url", "is missing"),
            ("audiences: [jumpstarter]", "audiences: []", "issuer.audiences", "at least one"),
            ("audiences: [jumpstarter]", "audiences: [\"\"]", "issuer.audiences[0]", "is missing"),
            ("audiences: [jumpstarter]", "audiences: [a, b]", "issuer.audienceMatchPolicy", "MatchAny"),
            (
                "audiences: [jumpstarter]", "audiences: [a], audienceMatchPolicy: MatchAll",
                "issuer.audienceMatchPolicy", "MatchAny"
            ),
            (
                "audiences: [jumpstarter]", "audiences: [a], egressSelectorType: cluster", "issuer.egressSelectorType",
                "not supported"
            ),
            (
                "audiences: [jumpstarter]", "audiences: [a], certificateAuthority: ca", "issuer.certificateAuthority",
                "PEM"
            ),
            (
                "audiences: [jumpstarter]", "audiences: [a], discoveryURL: \"https://dex.example.com\"",
                "issuer.discoveryURL", "differ"
            ),
            ("claim: sub, ", "", "claimMappings.username.claim", "is missing"),
            (", prefix: \"dex:\"", "", "claimMappings.username.prefix", "is missing"),
            ("dex:", "internal:x", "claimMappings.username.prefix", "internal tokens"),
            ("claim: sub", "claim: sub, expression: x", "claimMappings.username.expression", "not supported"),
            ("claimMappings: {", "claimMappings: {groups: {claim: g}, ", "claimMappings.groups", "not supported"),
            ("claimMappings: {", "userValidationRules: [1]\nclaimMappings: {", "userValidationRules", "not supported"),
            (
                "claimMappings: {", "claimValidationRules: [{expression: x, claim: y}]\nclaimMappings: {",
                "claimValidationRules[0].expression", "not supported"
            ),
            (
                "claimMappings: {", "claimValidationRules: [{}]\nclaimMappings: {", "claimValidationRules[0].claim",
                "is missing"
            ),
            ("claimMappings: {", "name: x\nclaimMappings: {", "name", "unknown key"),
        ]
    )
    func table(text: String, replacement: String, path: String, message: String) throws {
        let found = issues(document(Self.minimal.replacing(text, with: replacement)))
        let issue = try #require(found.first)
        #expect(found.count == 1, "\(found)")
        #expect(issue.path == "authentication.jwt[0].\(path)")
        #expect(issue.message.contains(message), "\(issue.message)")
    }

    @Test("may be there only once")
    func duplicate() {
        #expect(issues(document(Self.minimal, Self.minimal)).map(\.path) == ["authentication.jwt[1]"])
    }
}
