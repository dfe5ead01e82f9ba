package import Foundation

/// The checks on time and audience that hold for every issuer.
///
/// `exp` has no leeway: a token ends exactly when its holder was told it ends. `nbf` and `iat` have ``clockSkew``,
/// because a token is often used within the second it was made, by a server whose clock is a little behind.
package enum TokenValidity {
    /// How far an issuer's clock may be ahead of ours, in seconds.
    package static let clockSkew: TimeInterval = 60

    /// Checks `exp` (required), `nbf` and `iat`, and that one of the audiences is accepted.
    ///
    /// - Returns: the moment from which the token is no longer valid.
    package static func check(
        _ claims: TokenClaims,
        audiences accepted: Set<String>,
        now: Date
    ) throws(AuthenticationError) -> Date {
        guard let expiresAt = claims.expiresAt else { throw .missingClaim("exp") }
        guard now < expiresAt else { throw .expired(at: expiresAt) }
        let latest = now.addingTimeInterval(clockSkew)
        if let notBefore = claims.notBefore, notBefore > latest { throw .notYetValid(from: notBefore) }
        if let issuedAt = claims.issuedAt, issuedAt > latest { throw .issuedInFuture(at: issuedAt) }
        guard claims.audiences.contains(where: accepted.contains) else {
            throw .wrongAudience(found: claims.audiences, accepted: accepted.sorted())
        }
        return expiresAt
    }
}
