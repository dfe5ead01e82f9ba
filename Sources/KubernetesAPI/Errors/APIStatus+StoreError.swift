package import ObjectStore
package import Resources

extension APIStatus {
    /// The one place where a store's refusal becomes an HTTP answer.
    package init(_ error: StoreError) {
        var details = Details(type: error.type, name: error.name)
        details.causes = error.causes
        details.retryAfterSeconds = error.retryAfterSeconds
        if error.reason == .invalid { details.kind = error.type?.kind ?? details.kind }
        let isAboutSomething = error.type != nil || error.name != nil || error.retryAfterSeconds != nil
        self.init(
            code: Self.code(error.reason),
            reason: error.reason.rawValue,
            message: error.message,
            details: isAboutSomething || !error.causes.isEmpty ? details : nil
        )
    }

    /// Any error: a status stays itself, a store's refusal is translated, everything else is a fault of ours.
    package init(from error: any Error) {
        switch error {
        case let status as APIStatus: self = status
        case let error as StoreError: self.init(error)
        default:
            self.init(code: 500, reason: "InternalError", message: "Internal error occurred: \(error)")
        }
    }

    /// 422 with every problem, in the words that kubectl prints.
    package static func invalid(_ type: ResourceType, name: String, _ problems: [FieldProblem]) -> APIStatus {
        let texts = problems.map { "\($0.field): \($0.message)" }
        let list = texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"
        var details = Details(type: type, name: name)
        details.kind = type.kind
        details.causes = problems
        let kind = type.group.isEmpty ? type.kind : "\(type.kind).\(type.group)"
        return APIStatus(
            code: 422,
            reason: "Invalid",
            message: "\(kind) \"\(name)\" is invalid: \(list)",
            details: details
        )
    }

    private static func code(_ reason: StoreError.Reason) -> Int {
        switch reason {
        case .badRequest: 400
        case .unauthorized: 401
        case .forbidden: 403
        case .notFound: 404
        case .alreadyExists, .conflict: 409
        case .expired: 410
        case .invalid: 422
        case .tooManyRequests: 429
        case .internalError: 500
        case .unavailable: 503
        }
    }
}

extension FieldProblem {
    /// The detail after Kubernetes' words for the kind of problem.
    package var message: String {
        switch kind {
        case .required: "Required value: \(detail)"
        case .invalid, .typeInvalid: "Invalid value: \(detail)"
        case .notSupported: "Unsupported value: \(detail)"
        case .duplicate: "Duplicate value: \(detail)"
        case .forbidden: "Forbidden: \(detail)"
        case .tooLong: "Too long: \(detail)"
        case .tooMany: "Too many: \(detail)"
        }
    }

    /// The entry of `details.causes`.
    var cause: JSONValue {
        ["reason": .string(kind.rawValue), "message": .string(message), "field": .string(field)]
    }
}
