package import Foundation
package import Resources

/// One HTTP response of the API, free of the HTTP server's types.
package struct APIResponse: Sendable {
    package var code: Int
    package var contentType: String
    /// Further headers by name, such as `Warning`.
    package var headers: [(name: String, value: String)] = []
    package var body: Body

    package enum Body: Sendable {
        case data(Data)
        /// A watch: written while it goes on.
        case watch(WatchSession)
    }

    package init(code: Int = 200, contentType: String = MediaType.json, body: Body) {
        self.code = code
        self.contentType = contentType
        self.body = body
    }

    package init(code: Int = 200, contentType: String = MediaType.json, json: JSONValue) {
        self.init(code: code, contentType: contentType, body: .data(json.text))
    }

    /// The text of the body; nil for a watch.
    package var data: Data? {
        if case .data(let data) = body { data } else { nil }
    }

    /// Adds one `Warning: 299` header for each text (RFC 7234); kubectl prints them.
    mutating func warn(_ texts: [String]) {
        for text in texts {
            let safe = text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
            let printable = String(
                String.UnicodeScalarView(safe.unicodeScalars.map { $0.isASCII && $0.value >= 32 ? $0 : "?" })
            )
            headers.append(("Warning", "299 - \"\(printable)\""))
        }
    }
}

/// The media types that the API speaks.
package enum MediaType {
    package static let json = "application/json"
    package static let yaml = "application/yaml"
    /// Read only, and only for core kinds: kubectl sends what it makes itself in this form.
    package static let protobuf = "application/vnd.kubernetes.protobuf"
    /// What kubectl asks for at `/openapi/v2`.
    package static let acceptedOpenAPI2Protobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
    /// The same in a form that is a media type (RFC 6838 knows no `@`), as a Kubernetes API server answers.
    package static let openAPI2Protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
    package static let mergePatch = "application/merge-patch+json"
    package static let jsonPatch = "application/json-patch+json"
    package static let strategicMergePatch = "application/strategic-merge-patch+json"
    package static let applyPatch = "application/apply-patch+yaml"
}
