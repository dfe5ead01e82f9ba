package import Foundation

/// Why a token was not accepted.
package enum AuthenticationError: Refusal, Equatable {
    /// No `authorization` header.
    case missingAuthorization
    /// More than one `authorization` header.
    case repeatedAuthorization(count: Int)
    /// The header is not `Bearer TOKEN`.
    case malformedAuthorization
    /// The token cannot be taken apart; the text says which part is wrong.
    case malformedToken(String)
    /// A claim that must be there is not.
    case missingClaim(String)
    /// No verifier answers for this issuer.
    case unknownIssuer(String)
    /// The issuer does not sign with this algorithm.
    case algorithmNotAllowed(String, accepted: [String])
    /// The issuer has no key of this id.
    case unknownKey(String?)
    /// The signature does not belong to the token.
    case badSignature
    /// The token's time is over.
    case expired(at: Date)
    /// The token's time has not come.
    case notYetValid(from: Date)
    /// The token claims to have been made in the future.
    case issuedInFuture(at: Date)
    /// The token is meant for somebody else.
    case wrongAudience(found: [String], accepted: [String])
    /// A claim does not have the value the configuration demands.
    case claimRefused(claim: String, reason: String)
    /// The issuer's keys cannot be had at the moment.
    case issuerUnavailable(issuer: String, reason: String)

    package var code: RefusalCode {
        if case .issuerUnavailable = self { .unavailable } else { .unauthenticated }
    }

    package var description: String {
        switch self {
        case .missingAuthorization:
            "authorization is missing: send `authorization: Bearer TOKEN`"
        case .repeatedAuthorization(let count):
            "authorization is given \(count) times: send it once"
        case .malformedAuthorization:
            "authorization is malformed: expected `Bearer TOKEN`"
        case .malformedToken(let reason):
            "the token is malformed: \(reason)"
        case .missingClaim(let claim):
            "the token has no usable claim \(claim)"
        case .unknownIssuer(let issuer):
            "the token's issuer \(Quoted.text(issuer)) is not one that this service accepts"
        case .algorithmNotAllowed(let algorithm, let accepted):
            "the token is signed with \(Quoted.text(algorithm)); accepted: \(accepted.joined(separator: ", "))"
        case .unknownKey(let key):
            Self.unknownKeyMessage(key)
        case .badSignature:
            "the token's signature is not valid: get a new token"
        case .expired(let date):
            "the token expired at \(date.formatted(.iso8601)): get a new token"
        case .notYetValid(let date):
            "the token is not valid before \(date.formatted(.iso8601)): check the clocks"
        case .issuedInFuture(let date):
            "the token was issued at \(date.formatted(.iso8601)), which is in the future: check the clocks"
        case .wrongAudience(let found, let accepted):
            "the token's audience is \(Quoted.list(found)); accepted: \(accepted.joined(separator: ", "))"
        case .claimRefused(let claim, let reason):
            "the token's claim \(Quoted.text(claim)) is refused: \(reason)"
        case .issuerUnavailable(let issuer, let reason):
            "the keys of issuer \(Quoted.text(issuer)) are not available: \(reason); try again later"
        }
    }

    private static func unknownKeyMessage(_ key: String?) -> String {
        guard let key else { return "the token's header names no key (kid)" }
        return "the token was signed with the key \(Quoted.text(key)), which its issuer does not have: get a new token"
    }
}
