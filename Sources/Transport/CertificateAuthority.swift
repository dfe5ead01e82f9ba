internal import Crypto
package import Foundation
internal import SwiftASN1
internal import X509

/// A small certificate authority of our own: signs server certificates, so that clients trust one file for the
/// controller and all routers, across renewals.
package struct CertificateAuthority: Sendable {
    /// How long an authority made by ``create(commonName:now:)`` is valid, in seconds: ten years.
    package static var lifetime: TimeInterval { 10 * 365 * 86_400 }
    /// How long an issued server certificate is valid, in seconds: 397 days, the longest that all clients accept.
    package static var serverLifetime: TimeInterval { 397 * 86_400 }
    /// Certificates are valid from this many seconds before they are made, for peers whose clock is behind.
    package static var backdating: TimeInterval { 3_600 }

    /// The authority's certificate: what clients are given to trust.
    package let certificatePEM: String
    /// The authority's private key. Secret.
    package let privateKeyPEM: String

    private let certificate: Certificate
    private let privateKey: Certificate.PrivateKey

    /// Makes a new authority with an ECDSA P-256 key.
    ///
    /// - Throws: ``TransportError/cannotIssue(_:)``.
    package static func create(commonName: String = "Jumpstarter CA", now: Date) throws(TransportError) -> Self {
        do {
            let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
            let name = try DistinguishedName { CommonName(commonName) }
            let certificate = try Certificate(
                version: .v3,
                serialNumber: Certificate.SerialNumber(),
                publicKey: key.publicKey,
                notValidBefore: now - backdating,
                notValidAfter: now + lifetime,
                issuer: name,
                subject: name,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    SubjectKeyIdentifier(hash: key.publicKey)
                },
                issuerPrivateKey: key
            )
            return try Self(certificate: certificate, privateKey: key)
        } catch {
            throw .cannotIssue("\(error)")
        }
    }

    /// Loads an authority that was made before.
    ///
    /// - Throws: ``TransportError/invalidAuthority(_:)`` if either text is unreadable, the certificate is not one of
    ///   an authority, or the key is another certificate's.
    package init(certificatePEM: String, privateKeyPEM: String) throws(TransportError) {
        do {
            let certificate = try Certificate(pemEncoded: certificatePEM)
            let key = try Certificate.PrivateKey(pemEncoded: privateKeyPEM)
            guard case .isCertificateAuthority? = try certificate.extensions.basicConstraints else {
                throw TransportError.invalidAuthority("its certificate is not marked as one of an authority")
            }
            guard certificate.publicKey == key.publicKey else {
                throw TransportError.invalidAuthority("the private key does not belong to the certificate")
            }
            try self.init(certificate: certificate, privateKey: key)
        } catch let error as TransportError {
            throw error
        } catch {
            throw .invalidAuthority("\(error)")
        }
    }

    private init(certificate: Certificate, privateKey: Certificate.PrivateKey) throws {
        self.certificate = certificate
        self.privateKey = privateKey
        certificatePEM = try certificate.serializeAsPEM().pemString
        privateKeyPEM = try privateKey.serializeAsPEM().pemString
    }

    /// Until when the authority's own certificate is valid.
    package var notValidAfter: Date { certificate.notValidAfter }

    /// Makes a server certificate with a new key, signed by this authority.
    ///
    /// - Parameters:
    ///   - names: the names and addresses clients use; the first is the common name too.
    ///   - now: the start of its life, which ends with the authority's at the latest.
    /// - Returns: the identity, its chain being the server's certificate and then the authority's.
    /// - Throws: ``TransportError/cannotIssue(_:)``, also when there are no names.
    package func issue(server names: [ServerName], now: Date) throws(TransportError) -> ServerIdentity {
        do {
            let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
            let leaf = try ServerCertificate.make(
                for: names,
                key: key,
                issuer: ServerCertificate.Issuer(
                    name: certificate.subject,
                    key: privateKey,
                    keyIdentifier: try certificate.extensions.subjectKeyIdentifier?.keyIdentifier
                ),
                validity: (now - Self.backdating)...min(now + Self.serverLifetime, certificate.notValidAfter)
            )
            return ServerIdentity(
                certificateChainPEM: try leaf.serializeAsPEM().pemString + "\n" + certificatePEM + "\n",
                privateKeyPEM: try key.serializeAsPEM().pemString + "\n"
            )
        } catch let error as TransportError {
            throw error
        } catch {
            throw .cannotIssue("\(error)")
        }
    }
}
