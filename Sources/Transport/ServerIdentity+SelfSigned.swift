internal import Crypto
package import Foundation
internal import SwiftASN1
internal import X509

extension ServerIdentity {
    /// An identity without an authority: the certificate is signed by its own key, an ECDSA P-256 one.
    ///
    /// - Parameters:
    ///   - names: the names and addresses clients use; the first is the common name too.
    ///   - now: the start of its life; see ``CertificateAuthority/serverLifetime``.
    /// - Throws: ``TransportError/cannotIssue(_:)``, also when there are no names.
    package static func selfSigned(names: [ServerName], now: Date) throws(TransportError) -> Self {
        do {
            let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
            let certificate = try ServerCertificate.make(
                for: names,
                key: key,
                issuer: nil,
                validity: (now - CertificateAuthority.backdating)...(now + CertificateAuthority.serverLifetime)
            )
            return Self(
                certificateChainPEM: try certificate.serializeAsPEM().pemString + "\n",
                privateKeyPEM: try key.serializeAsPEM().pemString + "\n"
            )
        } catch let error as TransportError {
            throw error
        } catch {
            throw .cannotIssue("\(error)")
        }
    }
}
