import Authentication
import Testing

@Suite("The metadata of a request")
struct RequestTests {
    private let valid = [
        "authorization": ["Bearer abc"], "jumpstarter-namespace": ["lab"], "jumpstarter-kind": ["Client"],
        "jumpstarter-name": ["alice"],
    ]

    private func values(_ changes: [String: [String]] = [:]) -> (String) -> [String] {
        let metadata = valid.merging(changes) { _, new in new }
        return { metadata[$0] ?? [] }
    }

    @Test("gives token and claimed object")
    func complete() throws {
        #expect(try BearerToken(from: values()).text == "abc")
        let claim = try ClaimedObject(from: values())
        #expect(claim == ClaimedObject(kind: .client, namespace: "lab", name: "alice"))
        #expect(try ClaimedObject(from: values(["jumpstarter-kind": ["Exporter"]])).kind == .exporter)
    }

    @Test("has the scheme in any case", arguments: ["bearer abc", "BEARER abc", "Bearer   abc", " Bearer abc "])
    func scheme(header: String) throws {
        #expect(try BearerToken(from: values(["authorization": [header]])).text == "abc")
    }

    @Test(
        "with a malformed authorization header is unauthenticated",
        arguments: [
            "", "Bearer", "Bearer ", "Basic abc",
            "abc", "Bearerabc", "Bearer a b",
        ]
    )
    func malformedAuthorization(header: String) {
        let error = #expect(throws: AuthenticationError.malformedAuthorization) {
            try BearerToken(from: values(["authorization": [header]]))
        }
        #expect(error?.code == .unauthenticated)
    }

    @Test("without or with several authorization headers is unauthenticated")
    func countOfAuthorization() {
        #expect(throws: AuthenticationError.missingAuthorization) {
            try BearerToken(from: values(["authorization": []]))
        }
        #expect(throws: AuthenticationError.repeatedAuthorization(count: 2)) {
            try BearerToken(from: values(["authorization": ["Bearer a", "Bearer a"]]))
        }
    }

    @Test(
        "without a key is an invalid argument that names it",
        arguments: ["jumpstarter-namespace", "jumpstarter-kind", "jumpstarter-name"]
    )
    func missing(key: String) {
        for found in [[], [""]] {
            let error = #expect(throws: RequestMetadataError.missing(key: key)) {
                try ClaimedObject(from: values([key: found]))
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.description.contains(key) == true)
        }
    }

    @Test(
        "with a repeated key is an invalid argument that names it",
        arguments: ["jumpstarter-namespace", "jumpstarter-kind", "jumpstarter-name"]
    )
    func repeated(key: String) {
        let value = valid[key]?.first ?? ""
        let error = #expect(throws: RequestMetadataError.repeated(key: key, count: 2)) {
            try ClaimedObject(from: values([key: [value, value]]))
        }
        #expect(error?.description.contains(key) == true)
    }

    @Test("knows two kinds only", arguments: ["client", "CLIENT", "Lease", "Client "])
    func kinds(kind: String) {
        #expect(throws: RequestMetadataError.self) { try ClaimedObject(from: values(["jumpstarter-kind": [kind]])) }
    }

    @Test(
        "refuses names that no object can have",
        arguments: [
            "A", "a_b", "-a", "a-", "a..b", ".a", "a.", "a/b", "a:b",
            "é", "a b", String(repeating: "a", count: 254),
        ]
    )
    func invalidNames(name: String) {
        #expect(throws: RequestMetadataError.self) { try ClaimedObject(from: values(["jumpstarter-name": [name]])) }
        #expect(throws: RequestMetadataError.self) {
            try ClaimedObject(from: values(["jumpstarter-namespace": [name]]))
        }
    }

    @Test("accepts names up to the limits of Kubernetes")
    func limits() throws {
        let label = String(repeating: "a", count: 63)
        _ = try ClaimedObject(from: values(["jumpstarter-namespace": [label]]))
        #expect(throws: RequestMetadataError.self) {
            try ClaimedObject(from: values(["jumpstarter-namespace": [label + "a"]]))
        }
        let subdomain = "a." + String(repeating: "b", count: 251)
        #expect(try ClaimedObject(from: values(["jumpstarter-name": [subdomain]])).name == subdomain)
        #expect(throws: RequestMetadataError.self) {
            try ClaimedObject(from: values(["jumpstarter-namespace": ["a.b"]]))
        }
    }

    @Test("never shows its token when printed")
    func redaction() {
        let token = BearerToken("secret")
        var dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(reflecting: token), dumped, "\([token])"] { #expect(!text.contains("secret")) }
    }

    @Test("cannot forge lines of a log through messages")
    func quoting() {
        let error = RequestMetadataError.invalid(key: "k", value: "a\nb\u{1B}\u{202E}\"c", accepted: "x")
        #expect(error.description == "metadata k is \"a?b???c\"; accepted: x")
        let long = RequestMetadataError.noDerivedName(userName: String(repeating: "x", count: 5_000))
        #expect(long.description.count < 300)
    }
}
