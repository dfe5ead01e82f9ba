package import NIOSSL

/// A server's certificate chain and private key, both PEM: what it shows to clients.
///
/// The chain is the server's certificate followed by its issuers. Clients in insecure mode copy the whole chain and
/// trust it, so the issuer must be in it for their verification to succeed.
package struct ServerIdentity: Sendable, Hashable {
    /// The server's certificate first, then the certificates of its issuers.
    package let certificateChainPEM: String
    /// The private key of the first certificate.
    package let privateKeyPEM: String

    /// An identity from PEM texts, such as a file made by an administrator.
    package init(certificateChainPEM: String, privateKeyPEM: String) {
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
    }

    /// The chain in the form NIOSSL takes.
    ///
    /// - Throws: ``TransportError/invalidCertificateChain(_:)``.
    package func certificateSources() throws(TransportError) -> [NIOSSLCertificateSource] {
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMBytes(Array(certificateChainPEM.utf8))
        } catch {
            throw .invalidCertificateChain("\(error)")
        }
        guard !certificates.isEmpty else {
            throw .invalidCertificateChain("there is no certificate in it")
        }
        return certificates.map { .certificate($0) }
    }

    /// The key in the form NIOSSL takes.
    ///
    /// - Throws: ``TransportError/invalidPrivateKey(_:)``.
    package func privateKeySource() throws(TransportError) -> NIOSSLPrivateKeySource {
        do {
            return .privateKey(try NIOSSLPrivateKey(bytes: Array(privateKeyPEM.utf8), format: .pem))
        } catch {
            throw .invalidPrivateKey("\(error)")
        }
    }
}
