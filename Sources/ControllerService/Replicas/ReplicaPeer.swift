import GRPCNIOTransportHTTP2

/// Another replica, as it made itself known.
package struct ReplicaPeer: Sendable, Hashable {
    package var host: String
    package var port: Int
    /// The authority of the one certificate that it may show.
    package var certificatePEM: String

    package init(host: String, port: Int, certificatePEM: String) {
        self.host = host
        self.port = port
        self.certificatePEM = certificatePEM
    }

    var address: String { "\(host):\(port)" }

    /// A way to it that trusts nobody else.
    func transport() throws -> HTTP2ClientTransport.Posix {
        let target: any ResolvableTarget =
            host.contains(":") ? .ipv6(address: host, port: port) : .ipv4(address: host, port: port)
        return try HTTP2ClientTransport.Posix(
            target: target,
            transportSecurity: .tls { tls in
                tls.trustRoots = .certificates([.bytes(Array(certificatePEM.utf8), format: .pem)])
                // The authority is the replica's own and signs nothing else, so the name does not matter.
                tls.serverCertificateVerification = .noHostnameVerification
            }
        )
    }
}
