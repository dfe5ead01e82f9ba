package import Foundation

/// Where an API server is, whom to trust, and how to prove who we are.
package struct KubernetesConnection: Sendable {
    /// How a request proves who sends it.
    package enum Credential: Sendable {
        case none
        case token(String)
        /// A file that holds a token and changes when it is rotated.
        case tokenFile(String)
        case basic(username: String, password: String)
        case command(CredentialCommand)
    }

    /// A certificate with its key, both PEM.
    package struct ClientCertificate: Sendable, Hashable {
        package var certificatePEM: Data
        package var keyPEM: Data

        package init(certificatePEM: Data, keyPEM: Data) {
            self.certificatePEM = certificatePEM
            self.keyPEM = keyPEM
        }
    }

    /// `https://HOST:PORT`, perhaps with a path, without a slash at the end.
    package var server: String
    /// The certificates to trust, PEM; nil for those of the system.
    package var certificateAuthorityPEM: Data?
    /// True trusts any server. For experiments alone.
    package var skipsVerification: Bool
    /// The name that the server's certificate must have, when it is not the address's.
    package var tlsServerName: String?
    /// `http://HOST:PORT`, `https://` not supported, or `socks5://HOST:PORT`.
    package var proxy: String?
    package var credential: Credential
    package var clientCertificate: ClientCertificate?
    /// The namespace of the context or of the pod; nil when neither says.
    package var namespace: String?

    package init(
        server: String,
        certificateAuthorityPEM: Data? = nil,
        skipsVerification: Bool = false,
        tlsServerName: String? = nil,
        proxy: String? = nil,
        credential: Credential = .none,
        clientCertificate: ClientCertificate? = nil,
        namespace: String? = nil
    ) {
        self.server = server
        self.certificateAuthorityPEM = certificateAuthorityPEM
        self.skipsVerification = skipsVerification
        self.tlsServerName = tlsServerName
        self.proxy = proxy
        self.credential = credential
        self.clientCertificate = clientCertificate
        self.namespace = namespace
    }
}

extension KubernetesConnection: CustomStringConvertible {
    /// The address alone: descriptions end up in logs.
    package var description: String { server }
}

extension KubernetesConnection.Credential: CustomStringConvertible {
    /// The kind of credential, never the secret.
    package var description: String {
        switch self {
        case .none: "none"
        case .token: "token"
        case .tokenFile(let path): "token file \(path)"
        case .basic(let username, _): "basic authentication as \(username)"
        case .command(let command): "command \(command.command)"
        }
    }
}

extension KubernetesConnection.ClientCertificate: CustomStringConvertible {
    package var description: String { "client certificate" }
}
