package import Resources

/// Why a store did not do what was asked, in the terms of the Kubernetes API (`metav1.StatusReason`).
package struct StoreError: Error, Hashable, CustomStringConvertible {
    /// Kubernetes' status reasons, as far as the contract knows them.
    package enum Reason: String, Sendable, Hashable {
        case notFound = "NotFound"
        case alreadyExists = "AlreadyExists"
        /// Compare-and-set failed: somebody else wrote first.
        case conflict = "Conflict"
        /// A resource version or continue token whose state is no longer kept: list again.
        case expired = "Expired"
        /// The object or the patch is not acceptable.
        case invalid = "Invalid"
        case badRequest = "BadRequest"
        case forbidden = "Forbidden"
        case unauthorized = "Unauthorized"
        case tooManyRequests = "TooManyRequests"
        /// The store cannot be reached or is closing: try again.
        case unavailable = "ServiceUnavailable"
        /// A fault of the store itself, such as a full disk.
        case internalError = "InternalError"
    }

    package var reason: Reason
    package var message: String
    /// The kind and key that the request was about.
    package var type: ResourceType?
    package var name: String?
    /// What is wrong with the object, for `invalid`.
    package var causes: [FieldProblem]
    /// Seconds after which to try again, when the store said so.
    package var retryAfterSeconds: Int?

    package init(
        _ reason: Reason,
        _ message: String,
        type: ResourceType? = nil,
        name: String? = nil,
        causes: [FieldProblem] = [],
        retryAfterSeconds: Int? = nil
    ) {
        self.reason = reason
        self.message = message
        self.type = type
        self.name = name
        self.causes = causes
        self.retryAfterSeconds = retryAfterSeconds
    }

    package var description: String { "\(reason.rawValue): \(message)" }
}

extension StoreError {
    /// `clients.jumpstarter.dev "alice" not found`.
    package static func notFound(_ type: ResourceType, _ key: ObjectKey) -> StoreError {
        StoreError(.notFound, "\(type.qualifiedPlural) \"\(key.name)\" not found", type: type, name: key.name)
    }

    /// `clients.jumpstarter.dev "alice" already exists`.
    package static func alreadyExists(_ type: ResourceType, _ key: ObjectKey) -> StoreError {
        StoreError(.alreadyExists, "\(type.qualifiedPlural) \"\(key.name)\" already exists", type: type, name: key.name)
    }

    /// The words that Kubernetes uses when compare-and-set fails.
    package static func conflict(_ type: ResourceType, _ key: ObjectKey, _ why: String? = nil) -> StoreError {
        StoreError(
            .conflict,
            "Operation cannot be fulfilled on \(type.qualifiedPlural) \"\(key.name)\": "
                + (why ?? "the object has been modified; please apply your changes to the latest version and try again"),
            type: type,
            name: key.name
        )
    }

    /// `TYPE "NAME" is invalid:` and every problem.
    package static func invalid(_ type: ResourceType, _ key: ObjectKey, _ causes: [FieldProblem]) -> StoreError {
        let details = causes.map(\.description)
        let list = details.count == 1 ? details[0] : "[" + details.joined(separator: ", ") + "]"
        return StoreError(
            .invalid,
            "\(type.kind).\(type.group.isEmpty ? type.version : type.group) \"\(key.name)\" is invalid: \(list)",
            type: type,
            name: key.name,
            causes: causes
        )
    }
}
