package import Foundation

/// Who holds a verified token.
package struct AuthenticatedUser: Hashable, Sendable {
    /// The user name, with the issuer's prefix, such as `internal:client:lab:alice:UID` or `dex:alice`.
    package let name: String
    /// What kind of issuer vouches for the name.
    package let origin: Origin
    /// The moment from which the token is no longer valid.
    package let expiresAt: Date

    /// The kinds of issuer; the rules that find a caller's object differ by it.
    package enum Origin: Hashable, Sendable {
        /// A token of this service, made for one object.
        case internalToken
        /// A service account of the cluster: the caller names its object.
        case serviceAccount
        /// An external OpenID provider: the object's name follows from the user name.
        case external
    }

    /// Creates a user; only a ``TokenVerifier`` should.
    package init(name: String, origin: Origin, expiresAt: Date) {
        self.name = name
        self.origin = origin
        self.expiresAt = expiresAt
    }
}
