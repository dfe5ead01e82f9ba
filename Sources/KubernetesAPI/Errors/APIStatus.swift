package import Resources

/// The `Status` object that every failed request is answered with (`metav1.Status`).
package struct APIStatus: Error, Sendable, Hashable {
    package var code: Int
    /// Kubernetes' word for the kind of failure, such as `NotFound`.
    package var reason: String
    package var message: String
    package var details: Details?

    package struct Details: Sendable, Hashable {
        package var name: String?
        package var group: String?
        package var kind: String?
        package var uid: String?
        package var causes: [FieldProblem] = []
        package var retryAfterSeconds: Int?

        package init(type: ResourceType?, name: String?) {
            self.name = name
            self.group = type.flatMap { $0.group.isEmpty ? nil : $0.group }
            self.kind = type?.plural
        }
    }

    package init(code: Int, reason: String, message: String, details: Details? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
    }
}

extension APIStatus {
    package static func badRequest(_ message: String) -> APIStatus {
        APIStatus(code: 400, reason: "BadRequest", message: message)
    }

    package static let unauthorized = APIStatus(code: 401, reason: "Unauthorized", message: "Unauthorized")

    /// An unknown path. The words are Kubernetes'.
    package static let pageNotFound = APIStatus(
        code: 404,
        reason: "NotFound",
        message: "the server could not find the requested resource"
    )

    package static let methodNotAllowed = APIStatus(
        code: 405,
        reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource"
    )

    package static let notAcceptable = APIStatus(
        code: 406,
        reason: "NotAcceptable",
        message: "only the following media types are accepted: application/json, application/yaml, "
            + "application/json;as=Table;v=v1;g=meta.k8s.io, application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
    )

    package static func tooLarge(maximum: Int) -> APIStatus {
        APIStatus(
            code: 413,
            reason: "RequestEntityTooLarge",
            message: "Request entity too large: limit is \(maximum) bytes"
        )
    }

    package static func unsupportedMediaType(accepted: [String], because why: String? = nil) -> APIStatus {
        APIStatus(
            code: 415,
            reason: "UnsupportedMediaType",
            message: (why ?? "the body of the request was in an unknown format")
                + " - accepted media types include: \(accepted.joined(separator: ", "))"
        )
    }

    package static func tooManyRequests(_ message: String, retryAfterSeconds: Int) -> APIStatus {
        var details = Details(type: nil, name: nil)
        details.retryAfterSeconds = retryAfterSeconds
        return APIStatus(code: 429, reason: "TooManyRequests", message: message, details: details)
    }

    package static func timeout(seconds: Int64) -> APIStatus {
        APIStatus(
            code: 504,
            reason: "Timeout",
            message: "request did not complete within the allowed \(seconds) s; it may or may not have taken effect"
        )
    }
}

extension APIStatus {
    /// The object on the wire. A code below 400 is a success.
    package var value: JSONValue {
        var members: [String: JSONValue] = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:],
            "status": .string(code < 400 ? "Success" : "Failure"),
        ]
        if !message.isEmpty { members["message"] = .string(message) }
        if !reason.isEmpty { members["reason"] = .string(reason) }
        if let details { members["details"] = details.value }
        if code >= 400 { members["code"] = .integer(Int64(code)) }
        return .object(members)
    }
}

extension APIStatus.Details {
    fileprivate var value: JSONValue {
        var members: [String: JSONValue] = [:]
        members["name"] = name.map(JSONValue.string)
        members["group"] = group.map(JSONValue.string)
        members["kind"] = kind.map(JSONValue.string)
        members["uid"] = uid.map(JSONValue.string)
        members["retryAfterSeconds"] = retryAfterSeconds.map { .integer(Int64($0)) }
        if !causes.isEmpty { members["causes"] = .array(causes.map(\.cause)) }
        return .object(members)
    }
}
