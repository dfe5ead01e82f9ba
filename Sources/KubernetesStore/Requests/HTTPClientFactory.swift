import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL

/// An HTTP client for one API server.
enum HTTPClientFactory {
    /// Where requests go: the address for URLs, and the Host header.
    struct Target: Sendable {
        var base: String
        var host: String
    }

    /// - Throws: `KubernetesConnectionError` for certificates and addresses that cannot be used.
    static func make(
        _ connection: KubernetesConnection,
        _ configuration: KubernetesStoreConfiguration
    ) throws(KubernetesConnectionError) -> (client: HTTPClient, target: Target, tls: TLSConfiguration) {
        let tls = try tlsConfiguration(connection)
        var settings = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(configuration.connectTimeout)),
            connectionPool: .init(
                idleTimeout: .seconds(60),
                concurrentHTTP1ConnectionsPerHostSoftLimit: configuration.maximumConnections
            ),
            ignoreUncleanSSLShutdown: false,
            decompression: .disabled
        )
        // Over HTTP/2 every watch and write would share one connection: one lost packet, and one stalled peer, would
        // hold up all of them, renewals of leadership included.
        settings.httpVersion = .http1Only
        settings.connectionPool.retryConnectionEstablishment = false
        settings.proxy = try proxy(connection)
        let target = try target(connection, &settings)
        return (HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings), target, tls)
    }

    private static func tlsConfiguration(
        _ connection: KubernetesConnection
    ) throws(KubernetesConnectionError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if connection.skipsVerification {
            tls.certificateVerification = .none
        } else if let pem = connection.certificateAuthorityPEM {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem)))
            } catch {
                throw KubernetesConnectionError(.badCertificate, "the CA of \(connection.server) is not PEM: \(error)")
            }
        }
        if let certificate = connection.clientCertificate { try add(certificate, to: &tls) }
        return tls
    }

    static func add(
        _ certificate: KubernetesConnection.ClientCertificate,
        to tls: inout TLSConfiguration
    ) throws(KubernetesConnectionError) {
        do {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.certificatePEM))
                .map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(certificate.keyPEM), format: .pem))
        } catch {
            throw KubernetesConnectionError(.badCertificate, "the client certificate or its key is not PEM: \(error)")
        }
    }

    private static func target(
        _ connection: KubernetesConnection,
        _ settings: inout HTTPClient.Configuration
    ) throws(KubernetesConnectionError) -> Target {
        guard let url = URL(string: connection.server), url.scheme == "https" || url.scheme == "http",
            let host = url.host(), !host.isEmpty
        else {
            throw KubernetesConnectionError(
                .badAddress,
                "the server \"\(connection.server)\" is no address such as https://10.0.0.1:6443"
            )
        }
        let bare = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        let port = url.port.map { ":\($0)" } ?? ""
        let shown = (bare.contains(":") ? "[\(bare)]" : bare) + port
        let path = url.path().hasSuffix("/") ? String(url.path().dropLast()) : url.path()
        guard let name = connection.tlsServerName, name != bare else {
            return Target(base: "\(url.scheme ?? "https")://\(shown)\(path)", host: shown)
        }
        if connection.proxy != nil {
            throw KubernetesConnectionError(.badAddress, "tls-server-name and proxy-url together are not supported")
        }
        // URLs carry the name that the certificate has; the connection goes to the real address.
        settings.dnsOverride[name] = bare
        return Target(base: "https://\(name)\(port)\(path)", host: shown)
    }

    private static func proxy(
        _ connection: KubernetesConnection
    ) throws(KubernetesConnectionError) -> HTTPClient.Configuration.Proxy? {
        guard let text = connection.proxy else { return nil }
        guard let url = URL(string: text), let host = url.host() else {
            throw KubernetesConnectionError(.badAddress, "the proxy-url \"\(text)\" is no address")
        }
        switch url.scheme {
        case "http":
            let authorization: HTTPClient.Authorization? = url.user().map {
                .basic(username: $0, password: url.password() ?? "")
            }
            return .server(host: host, port: url.port ?? 80, authorization: authorization)
        case "socks5": return .socksServer(host: host, port: url.port ?? 1080)
        default:
            throw KubernetesConnectionError(
                .badAddress,
                "the proxy-url of \(connection.server) has the scheme \(url.scheme ?? ""); supported are http and socks5"
            )
        }
    }
}
