import Foundation
import KubernetesAPI
import Resources
import Testing

@Suite("Requests that cannot be carried out")
struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var method: APIRequest.Method
        var target: String
        var body = ""
        var contentType = "application/json"
        var accept = ""
        var code: Int
        var reason: String
        /// A part of the message.
        var message: String

        var testDescription: String { "\(method.rawValue) \(target) \(body.prefix(80)) → \(code)" }
    }

    static let lease =
        #"{"metadata":{"name":"l"},"spec":{"clientRef":{"name":"a"},"selector":{"matchLabels":{"b":"x"}}"#

    static let cases: [Case] = [
        Case(method: .get, target: "/", code: 404, reason: "NotFound", message: "could not find"),
        Case(method: .get, target: "/api/v2", code: 404, reason: "NotFound", message: "could not find"),
        Case(method: .get, target: "/apis/apps/v1/deployments", code: 404, reason: "NotFound", message: "could not"),
        Case(method: .get, target: "/api/v1/namespaces/lab/pods", code: 404, reason: "NotFound", message: "could not"),
        Case(
            method: .get,
            target: "\(Sample.leases)/none",
            code: 404,
            reason: "NotFound",
            message: "leases.jumpstarter.dev \"none\" not found"
        ),
        Case(
            method: .get,
            target: "\(Sample.secrets)/none/status",
            code: 404,
            reason: "NotFound",
            message: "could not find"
        ),
        Case(method: .post, target: "/version", code: 405, reason: "MethodNotAllowed", message: "does not allow"),
        Case(method: .put, target: Sample.leases, code: 405, reason: "MethodNotAllowed", message: "does not allow"),
        Case(
            method: .post,
            target: "\(Sample.group)/leases",
            body: "{}",
            code: 405,
            reason: "MethodNotAllowed",
            message: "does not allow"
        ),
        Case(
            method: .get,
            target: Sample.leases,
            accept: "application/vnd.kubernetes.protobuf",
            code: 406,
            reason: "NotAcceptable",
            message: "application/json"
        ),
        Case(
            method: .get,
            target: "\(Sample.leases)?labelSelector=a%20in%20(",
            code: 400,
            reason: "BadRequest",
            message: "labelSelector"
        ),
        Case(
            method: .get,
            target: "\(Sample.leases)?fieldSelector=spec.release%3Dtrue",
            code: 400,
            reason: "BadRequest",
            message: "field label not supported: spec.release"
        ),
        Case(method: .get, target: "\(Sample.leases)?limit=x", code: 400, reason: "BadRequest", message: "limit"),
        Case(
            method: .get,
            target: "\(Sample.leases)?resourceVersion=x",
            code: 400,
            reason: "BadRequest",
            message: "resourceVersion"
        ),
        Case(
            method: .get,
            target: "\(Sample.leases)?resourceVersion=999999&resourceVersionMatch=NotOlderThan",
            code: 504,
            reason: "Timeout",
            message: "Too large resource version"
        ),
        Case(
            method: .get,
            target: "\(Sample.leases)?watch=true&resourceVersionMatch=NotOlderThan",
            code: 422,
            reason: "Invalid",
            message: "sendInitialEvents"
        ),
        Case(method: .post, target: Sample.leases, body: "", code: 400, reason: "BadRequest", message: "empty"),
        Case(method: .post, target: Sample.leases, body: "{", code: 400, reason: "BadRequest", message: "not JSON"),
        Case(method: .post, target: Sample.leases, body: "[]", code: 400, reason: "BadRequest", message: "array"),
        Case(
            method: .post,
            target: Sample.leases,
            body: "a: [",
            contentType: "application/yaml",
            code: 400,
            reason: "BadRequest",
            message: "not YAML"
        ),
        Case(
            method: .post,
            target: Sample.leases,
            body: "<a/>",
            contentType: "application/xml",
            code: 415,
            reason: "UnsupportedMediaType",
            message: "application/json"
        ),
        Case(
            method: .post,
            target: Sample.leases,
            body: #"{"kind":"Exporter"}"#,
            code: 400,
            reason: "BadRequest",
            message: "this path takes \"Lease\""
        ),
        Case(
            method: .post,
            target: Sample.leases,
            body: #"{"apiVersion":"v1"}"#,
            code: 400,
            reason: "BadRequest",
            message: "jumpstarter.dev/v1alpha1"
        ),
        Case(
            method: .post,
            target: Sample.leases,
            body: #"{"metadata":{"name":"l","namespace":"other"},"spec":{"clientRef":{"name":"a"}}}"#,
            code: 400,
            reason: "BadRequest",
            message: "does not match the namespace"
        ),
        Case(
            method: .post,
            target: Sample.leases,
            body: #"{"metadata":{"name":"l"},"spec":{"selector":{"matchLabels":{"a":"b"}}}}"#,
            code: 422,
            reason: "Invalid",
            message: "spec.clientRef: Required value"
        ),
        Case(
            method: .post,
            target: Sample.leases,
            body: #"{"metadata":{"name":"l"},"spec":{"clientRef":{"name":"a"}}}"#,
            code: 422,
            reason: "Invalid",
            message: "one of selector or exporterRef.name is required"
        ),
        Case(
            method: .post,
            target: Sample.leases,
            body: lease + #","duration":5}}"#,
            code: 422,
            reason: "Invalid",
            message: "spec.duration in body must be of type string"
        ),
        Case(
            method: .post,
            target: Sample.leases,
            body: lease + #","duration":"5 minutes"}}"#,
            code: 422,
            reason: "Invalid",
            message: "spec.duration"
        ),
        Case(
            method: .post,
            target: Sample.leases,
            body: lease + #","beginTime":"tomorrow"}}"#,
            code: 422,
            reason: "Invalid",
            message: "RFC 3339"
        ),
        Case(
            method: .post,
            target: "\(Sample.leases)?fieldValidation=Strict",
            body: lease + #","colour":"red","tags":{"a":"b"}}}"#,
            code: 400,
            reason: "BadRequest",
            message: "strict decoding error: unknown field \"spec.colour\""
        ),
        Case(
            method: .post,
            target: "\(Sample.leases)?fieldValidation=Maybe",
            body: lease + "}}",
            code: 400,
            reason: "BadRequest",
            message: "fieldValidation"
        ),
        Case(
            method: .post,
            target: "\(Sample.leases)?dryRun=Some",
            body: lease + "}}",
            code: 400,
            reason: "BadRequest",
            message: "dryRun"
        ),
        Case(
            method: .post,
            target: Sample.exporters,
            body: #"{"metadata":{"name":"Dut_1"}}"#,
            code: 422,
            reason: "Invalid",
            message: "metadata.name"
        ),
        Case(
            method: .post,
            target: Sample.exporters,
            body: #"{"metadata":{}}"#,
            code: 422,
            reason: "Invalid",
            message: "name or generateName is required"
        ),
        Case(
            method: .post,
            target: Sample.exporters,
            body: #"{"metadata":{"name":"a","labels":{"b":"c d"}}}"#,
            code: 422,
            reason: "Invalid",
            message: "metadata.labels"
        ),
        Case(
            method: .post,
            target: Sample.exporters,
            body: #"{"metadata":{"name":"a","labels":{"b":5}}}"#,
            code: 422,
            reason: "Invalid",
            message: "metadata.labels[b] in body must be of type string"
        ),
        Case(
            method: .post,
            target: Sample.exporters,
            body: #"{"metadata":{"name":"a","resourceVersion":"1"}}"#,
            code: 400,
            reason: "BadRequest",
            message: "resourceVersion should not be set"
        ),
        Case(
            method: .post,
            target: "/api/v1/namespaces/nowhere/secrets",
            body: #"{"metadata":{"name":"a"}}"#,
            code: 404,
            reason: "NotFound",
            message: "namespaces \"nowhere\" not found"
        ),
        Case(
            method: .post,
            target: Sample.secrets,
            body: #"{"metadata":{"name":"a"},"data":{"x":"%%%"}}"#,
            code: 422,
            reason: "Invalid",
            message: "base64"
        ),
        Case(
            method: .post,
            target: Sample.secrets,
            body: #"{"metadata":{"name":"a"},"data":{"x y":"YQ=="}}"#,
            code: 422,
            reason: "Invalid",
            message: "data[x y]"
        ),
        Case(
            method: .post,
            target: Sample.secrets,
            body: "not protobuf",
            contentType: "application/vnd.kubernetes.protobuf",
            code: 400,
            reason: "BadRequest",
            message: "protobuf"
        ),
        Case(
            method: .patch,
            target: "\(Sample.leases)/l",
            body: "{}",
            contentType: "application/apply-patch+yaml",
            code: 415,
            reason: "UnsupportedMediaType",
            message: "server-side apply is not supported"
        ),
        Case(
            method: .patch,
            target: "\(Sample.leases)/l",
            body: "{}",
            contentType: "application/strategic-merge-patch+json",
            code: 415,
            reason: "UnsupportedMediaType",
            message: "application/merge-patch+json"
        ),
        Case(
            method: .patch,
            target: "\(Sample.leases)/l",
            body: "{}",
            contentType: "application/json-patch+json",
            code: 400,
            reason: "BadRequest",
            message: "list of operations"
        ),
        Case(
            method: .patch,
            target: "\(Sample.leases)/l",
            body: "[]",
            contentType: "application/merge-patch+json",
            code: 400,
            reason: "BadRequest",
            message: "an object was expected"
        ),
        Case(
            method: .delete,
            target: "\(Sample.leases)/l?propagationPolicy=Sideways",
            code: 400,
            reason: "BadRequest",
            message: "propagationPolicy"
        ),
    ]

    @Test("Each is answered with a Status that says what is wrong", arguments: cases)
    func refused(_ bad: Case) async throws {
        try await withAPI { api in
            let answer = try await api.send(
                bad.method,
                bad.target,
                data: Data(bad.body.utf8),
                accept: bad.accept,
                contentType: bad.contentType
            )
            #expect(answer.code == bad.code)
            #expect(answer.reason == bad.reason)
            #expect(answer.message.contains(bad.message), "\(answer.message)")
            #expect(answer.body["kind"] == "Status")
            #expect(answer.body["code"] == .integer(Int64(bad.code)))
        }
    }

    @Test("An invalid object's Status names the kind, the object and each cause, as kubectl prints them")
    func causes() async throws {
        try await withAPI { api in
            let body: JSONValue = ["metadata": ["name": "l"], "spec": ["clientRef": ["name": "a"]]]
            let details = try await api.send(.post, Sample.leases, body).body["details"]
            #expect(details?["kind"] == "Lease")
            #expect(details?["group"] == "jumpstarter.dev")
            #expect(details?["name"] == "l")
            let cause: JSONValue = [
                "reason": "FieldValueInvalid", "field": "spec",
                "message": "Invalid value: one of selector or exporterRef.name is required",
            ]
            #expect(details?["causes"] == [cause])
        }
    }

    @Test("Unknown fields are dropped, with a warning unless they shall be ignored")
    func unknownFields() async throws {
        try await withAPI { api in
            var exporter = Sample.exporter("a")
            exporter["spec"] = ["colour": "red"]
            let warned = try await api.send(.post, Sample.exporters, exporter)
            #expect(warned.code == 201)
            #expect(warned.warnings == [#"299 - "unknown field \"spec.colour\"""#])
            #expect(warned.body["spec"] == ["enabled": true])
            exporter["metadata"] = ["name": "b"]
            let ignored = try await api.send(.post, "\(Sample.exporters)?fieldValidation=Ignore", exporter)
            #expect(ignored.code == 201)
            #expect(ignored.warnings.isEmpty)
        }
    }

    @Test("What may not change is told by the object that it would replace")
    func immutable() async throws {
        try await withAPI { api in
            var lease = Sample.lease("l")
            lease["spec"] = [
                "clientRef": ["name": "alice"], "selector": ["matchLabels": ["b": "x"]], "tags": ["team": "one"],
            ]
            _ = try await api.send(.post, Sample.leases, lease)
            let patch: JSONValue = ["spec": ["tags": ["team": "two"]]]
            let answer = try await api.send(.patch, "\(Sample.leases)/l", patch, contentType: Sample.mergePatch)
            #expect(answer.code == 422)
            #expect(answer.message.contains("tags are immutable once set"))
        }
    }
}
