package import NIOSSL

extension ServerIdentity {
    /// The TLS settings of a server: TLS 1.2 or later, no client certificates.
    ///
    /// - Parameter applicationProtocols: what is offered by ALPN, best first; `["h2"]` for gRPC. A client that offers
    ///   none, as real clients do when they only copy the certificate, is let in all the same.
    /// - Throws: ``TransportError`` if the chain or the key cannot be read.
    package func tlsConfiguration(applicationProtocols: [String]) throws(TransportError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try certificateSources(),
            privateKey: try privateKeySource()
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = applicationProtocols
        return configuration
    }

    /// A TLS context, to be made once and shared by all connections of a listener.
    ///
    /// - Throws: ``TransportError``, also when the key does not belong to the certificate.
    package func sslContext(applicationProtocols: [String]) throws(TransportError) -> NIOSSLContext {
        let configuration = try tlsConfiguration(applicationProtocols: applicationProtocols)
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .unusableIdentity("\(error)")
        }
    }
}
