/// The canonical code a refusal maps to; each transport maps it once.
package enum RefusalCode: Hashable, Sendable {
    /// No acceptable token: gRPC UNAUTHENTICATED, HTTP 401.
    case unauthenticated
    /// The request's metadata is wrong: gRPC INVALID_ARGUMENT, HTTP 400.
    case invalidArgument
    /// A valid user who may not do this: gRPC PERMISSION_DENIED, HTTP 403.
    case permissionDenied
    /// A passing fault, worth a retry: gRPC UNAVAILABLE, HTTP 503.
    case unavailable
}

/// An error of this module: a canonical code and a message for the person who reads it. No message holds a token.
package protocol Refusal: Error, CustomStringConvertible {
    /// What kind of refusal it is.
    var code: RefusalCode { get }
}
