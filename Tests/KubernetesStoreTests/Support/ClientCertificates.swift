import Crypto
import Foundation
import KubernetesStore
import SwiftASN1
import X509

enum ClientCertificates {
    /// A certificate for clients that signs itself.
    static func selfSigned() throws -> KubernetesConnection.ClientCertificate {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName { CommonName("alice") }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: Date() - 3600,
            notValidAfter: Date() + 3600,
            issuer: name,
            subject: name,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
                try ExtendedKeyUsage([.clientAuth])
            },
            issuerPrivateKey: key
        )
        return KubernetesConnection.ClientCertificate(
            certificatePEM: Data(try certificate.serializeAsPEM().pemString.utf8),
            keyPEM: Data(try key.serializeAsPEM().pemString.utf8)
        )
    }
}
