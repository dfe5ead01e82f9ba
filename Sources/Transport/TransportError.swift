/// What can be wrong with certificates and keys.
package enum TransportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The certificate chain is not PEM, or empty.
    case invalidCertificateChain(String)
    /// The private key is not PEM, or of an unknown kind.
    case invalidPrivateKey(String)
    /// Chain and key are readable but do not work together.
    case unusableIdentity(String)
    /// A certificate authority's PEM cannot be used to sign.
    case invalidAuthority(String)
    /// A certificate could not be made.
    case cannotIssue(String)

    package var description: String {
        switch self {
        case .invalidCertificateChain(let reason):
            "The certificate chain cannot be read: \(reason). Accepted are PEM certificates, the server's own first."
        case .invalidPrivateKey(let reason):
            "The private key cannot be read: \(reason). Accepted is one unencrypted PEM key (PKCS #8, SEC 1 or PKCS #1)."
        case .unusableIdentity(let reason):
            "The certificate and the private key cannot be used together: \(reason)."
        case .invalidAuthority(let reason):
            "The certificate authority cannot be used: \(reason)."
        case .cannotIssue(let reason):
            "The certificate cannot be made: \(reason)."
        }
    }
}
