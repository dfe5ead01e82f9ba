import Foundation
import ObjectStore
import Resources

/// `metav1.Status` as a `StoreError`.
enum StatusReader {
    /// The error that an answer with a code that is no success stands for.
    /// - Parameters:
    ///   - retryAfter: What the header of that name says, in seconds.
    ///   - server: For messages.
    static func error(
        code: Int,
        body: Data,
        retryAfter: Int?,
        type: ResourceType?,
        name: String?,
        server: String
    ) -> StoreError {
        let status = try? JSONValue(json: body)
        guard let status, status["kind"]?.stringValue == "Status" else {
            let text = String(decoding: body.prefix(200), as: UTF8.self).filter { !$0.isNewline }
            return StoreError(
                reason(nil, code),
                "\(server) answered \(code)" + (text.isEmpty ? "" : ": \(text)"),
                type: type,
                name: name,
                retryAfterSeconds: retryAfter
            )
        }
        var error = error(status, code: code, type: type, name: name)
        error.retryAfterSeconds = error.retryAfterSeconds ?? retryAfter
        if error.reason == .notFound, status["details"]?["name"] == nil, let type {
            error.message = "\(server) does not serve \(type.qualifiedPlural) in \(type.apiVersion): \(error.message)"
        }
        return error
    }

    /// The error that a Status object tells, also as the object of an ERROR event.
    static func error(_ status: JSONValue, code: Int, type: ResourceType?, name: String?) -> StoreError {
        let details = status["details"]
        let code = status["code"]?.integerValue.map { Int(clamping: $0) } ?? code
        return StoreError(
            reason(status["reason"]?.stringValue, code),
            status["message"]?.stringValue ?? "the request failed with \(code)",
            type: type,
            name: details?["name"]?.stringValue ?? name,
            causes: (details?["causes"]?.arrayValue ?? []).map(problem),
            retryAfterSeconds: details?["retryAfterSeconds"]?.integerValue.map { Int(clamping: $0) }
        )
    }

    private static func reason(_ reason: String?, _ code: Int) -> StoreError.Reason {
        if let reason, let known = StoreError.Reason(rawValue: reason) { return known }
        switch reason {
        case "Gone": return .expired
        case "Timeout", "ServerTimeout": return .unavailable
        default: break
        }
        return switch code {
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notFound
        case 409: .conflict
        case 410: .expired
        case 422: .invalid
        case 429: .tooManyRequests
        case 400..<500: .badRequest
        case 502, 503, 504: .unavailable
        default: .internalError
        }
    }

    private static let words = [
        "Required value", "Invalid value", "Unsupported value", "Duplicate value", "Forbidden", "Too long", "Too many",
    ]

    /// Kubernetes puts words for the kind of problem before the detail; ours stand in the kind.
    private static func problem(_ cause: JSONValue) -> FieldProblem {
        var detail = cause["message"]?.stringValue ?? ""
        for word in words where detail.hasPrefix("\(word): ") { detail.removeFirst(word.count + 2) }
        let kind = cause["reason"]?.stringValue.flatMap(FieldProblem.Kind.init) ?? .invalid
        return FieldProblem(kind, cause["field"]?.stringValue ?? "", detail)
    }
}
