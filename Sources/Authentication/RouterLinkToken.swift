internal import Crypto
package import Foundation

// What a router shows a controller when it reports to it, as `authorization: Bearer`:
//
//   header   {"alg": "HS256", "typ": "JWT"}
//   payload  {"iss": "https://jumpstarter.dev/router", "aud": ["https://jumpstarter.dev/router-link"],
//             "sub": <endpoint>, "exp": ..., "nbf": ..., "iat": ...}
//
// Signed with ROUTER_KEY, like the tokens of tunnels. Issuer and audience keep the two apart: neither is good for the
// other's purpose.

/// Signs and verifies the tokens with which routers report to controllers.
package struct RouterLinkAuthority: Sendable {
    /// The `iss` of every such token.
    package static let issuer = "https://jumpstarter.dev/router"
    /// The `aud` of every such token.
    package static let audience = "https://jumpstarter.dev/router-link"
    /// How long one is valid, in seconds: it is used at once, for one call.
    package static let lifetime: TimeInterval = 60

    private struct Header: Encodable {
        var alg = "HS256"
        var typ = "JWT"
    }

    private struct Payload: Encodable {
        var iss = RouterLinkAuthority.issuer
        var aud = [RouterLinkAuthority.audience]
        var sub: String
        var exp: Int64
        var nbf: Int64
        var iat: Int64
    }

    private let key: SymmetricKey

    /// - Parameter routerKey: `ROUTER_KEY`.
    /// - Throws: ``RouterTokenError/emptyKey``.
    package init(routerKey: String) throws(RouterTokenError) {
        guard !routerKey.isEmpty else { throw .emptyKey }
        key = SymmetricKey(data: Data(routerKey.utf8))
    }

    /// A token for a call now.
    /// - Parameter endpoint: The `host:port` that the router says it is reached at.
    package func sign(endpoint: String, now: Date) throws -> String {
        let moment = Int64(now.timeIntervalSince1970)
        let payload = Payload(sub: endpoint, exp: moment + Int64(Self.lifetime), nbf: moment, iat: moment)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let signed =
            try Base64URLText.encode(encoder.encode(Header())) + "."
            + Base64URLText.encode(encoder.encode(payload))
        let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: key)
        return signed + "." + Base64URLText.encode(Data(code))
    }

    /// The endpoint of the router that bears the token.
    /// - Throws: `AuthenticationError`.
    package func verify(_ token: BearerToken, now: Date) throws(AuthenticationError) -> String {
        let token = try UnverifiedToken(compact: token.text)
        guard token.header.alg == "HS256" else { throw .algorithmNotAllowed(token.header.alg, accepted: ["HS256"]) }
        guard HMAC<SHA256>.isValidAuthenticationCode(token.signature, authenticating: token.signingInput, using: key)
        else { throw .badSignature }
        guard token.claims.issuer == Self.issuer else { throw .unknownIssuer(token.claims.issuer) }
        _ = try TokenValidity.check(token.claims, audiences: [Self.audience], now: now)
        guard let endpoint = token.claims.subject, !endpoint.isEmpty else { throw .missingClaim("sub") }
        return endpoint
    }
}
