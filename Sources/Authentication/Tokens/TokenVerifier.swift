package import Foundation

/// Something that can tell whether a token of one issuer is genuine.
///
/// The internal issuer is one (``InternalTokenVerifier``). External OpenID providers and the cluster's service
/// accounts are further ones: such a verifier finds the issuer's keys (fetched in the background, never in the path
/// that starts the service), checks `alg` against its own allow-list and the signature, calls ``TokenValidity``, and
/// maps a claim to a user name. A provider whose keys cannot be had throws `AuthenticationError.issuerUnavailable`.
package protocol TokenVerifier: Sendable {
    /// The exact `iss` of the tokens this verifier answers for.
    var issuer: String { get }

    /// Checks signature, algorithm, times and audience.
    ///
    /// - Parameter now: the moment for which the token must be valid.
    /// - Returns: who the token's holder is.
    func verify(_ token: UnverifiedToken, now: Date) async throws(AuthenticationError) -> AuthenticatedUser
}
