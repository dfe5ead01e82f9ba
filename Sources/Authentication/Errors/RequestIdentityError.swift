/// Why the caller of a request could not be identified.
package enum RequestIdentityError: Refusal, Equatable {
    /// The token.
    case authentication(AuthenticationError)
    /// The metadata that names the object.
    case metadata(RequestMetadataError)

    package var code: RefusalCode {
        switch self {
        case .authentication(let error): error.code
        case .metadata(let error): error.code
        }
    }

    package var description: String {
        switch self {
        case .authentication(let error): error.description
        case .metadata(let error): error.description
        }
    }
}
