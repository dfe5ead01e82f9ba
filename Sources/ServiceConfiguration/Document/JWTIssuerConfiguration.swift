/// One entry of `authentication.jwt`: an external issuer, in the form of Kubernetes' structured authentication
/// configuration. Fields of that form that are not here are refused.
package struct JWTIssuerConfiguration: Hashable, Sendable {
    /// Most issuers, as in Kubernetes.
    package static let maximumCount = 64

    /// `issuer.url`: the exact `iss` of its tokens, https.
    package let url: String
    /// `issuer.discoveryURL`: where the discovery document is, if not at `URL/.well-known/openid-configuration`.
    package let discoveryURL: String?
    /// `issuer.certificateAuthority`: whom to trust when fetching; nil means the system's authorities.
    package let certificateAuthority: CertificateAuthority?
    /// `issuer.audiences`: at least one; a token must be for one of them.
    package let audiences: [String]
    /// `claimValidationRules`: values that claims must have.
    package let requiredClaims: [RequiredClaim]
    /// `claimMappings.username`.
    package let userName: UserNameMapping

    /// Where the PEM text of a certificate authority is.
    package enum CertificateAuthority: Hashable, Sendable {
        /// The text itself.
        case pem(String)
        /// A file.
        case path(String)
    }

    /// A claim and the value it must have.
    package struct RequiredClaim: Hashable, Sendable {
        /// Name of the claim.
        package let claim: String
        /// Its value.
        package let value: String
    }

    /// How a token gives a user name.
    package struct UserNameMapping: Hashable, Sendable {
        /// The claim that holds the name.
        package let claim: String
        /// What precedes it; may be empty, but only explicitly.
        package let prefix: String
    }
}
