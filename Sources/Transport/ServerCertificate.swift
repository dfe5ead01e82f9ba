internal import Foundation
internal import SwiftASN1
internal import X509

/// Makes the certificate of a server, signed by an authority or by its own key.
enum ServerCertificate {
    /// Who signs.
    struct Issuer {
        let name: DistinguishedName
        let key: Certificate.PrivateKey
        /// The subject key identifier of the issuer's certificate.
        let keyIdentifier: ArraySlice<UInt8>?
    }

    /// The longest common name a certificate may hold (RFC 5280, ub-common-name).
    private static let longestCommonName = 64

    /// - Parameter issuer: nil for a self-signed certificate.
    static func make(
        for names: [ServerName],
        key: Certificate.PrivateKey,
        issuer: Issuer?,
        validity: ClosedRange<Date>
    ) throws -> Certificate {
        guard let first = names.first else {
            throw TransportError.cannotIssue("a server certificate needs at least one DNS name or IP address")
        }
        let subject = try DistinguishedName { CommonName(String(first.description.prefix(longestCommonName))) }
        let ownIdentifier = SubjectKeyIdentifier(hash: key.publicKey)
        let issuer = issuer ?? Issuer(name: subject, key: key, keyIdentifier: ownIdentifier.keyIdentifier)
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: validity.lowerBound,
            notValidAfter: validity.upperBound,
            issuer: issuer.name,
            subject: subject,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names.map(\.generalName))
                ownIdentifier
                AuthorityKeyIdentifier(keyIdentifier: issuer.keyIdentifier)
            },
            issuerPrivateKey: issuer.key
        )
    }
}
