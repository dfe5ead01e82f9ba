import Authentication
import Foundation
import ServiceConfiguration
import Transport

/// The keys and certificates of a standalone service: made at the first start, then kept.
struct StandaloneKeys {
    let signingKey: SigningKey
    let routerAuthority: RouterTokenAuthority
    let linkAuthority: RouterLinkAuthority
    let authority: CertificateAuthority
    /// What the gRPC servers show: a certificate of our own authority, or the one that the environment names.
    let identity: ServerIdentity
    /// What the Kubernetes-shaped API shows; always of our own authority, which the kubeconfig names.
    let apiIdentity: ServerIdentity
    /// The authority that clients and exporters must trust, PEM; nil when a public one signed the certificate.
    let trustedPEM: String?
    /// Lets its bearer administer the Kubernetes-shaped API.
    let administratorToken: String

    /// Environment variables win over what the folder holds, so that a service can be moved into a cluster with its keys.
    /// - Throws: `StartupError`, `SigningKeyError`, `RouterTokenError`, `TransportError`.
    init(folder: DataFolder, environment: ServiceEnvironment, host: String, now: Date) throws {
        var generator = SystemRandomNumberGenerator()
        let controllerKey =
            try environment.controllerKey?.text
            ?? folder.secret("controller.key") { SigningKey.makeControllerKey(using: &generator) }
        let routerKey =
            try environment.routerKey?.text
            ?? folder.secret("router.key") { SigningKey.makeControllerKey(using: &generator) }
        signingKey = try SigningKey(controllerKey: controllerKey)
        routerAuthority = try RouterTokenAuthority(key: routerKey)
        linkAuthority = try RouterLinkAuthority(routerKey: routerKey)
        administratorToken = try folder.secret("admin.token") { SigningKey.makeControllerKey(using: &generator) }
        authority = try Self.authority(in: folder, now: now)
        apiIdentity = try Self.issue(by: authority, host: host, now: now)
        identity = try Self.external(environment) ?? apiIdentity
        trustedPEM = environment.caBundle ?? (environment.certificate == nil ? authority.certificatePEM : nil)
        try folder.write(authority.certificatePEM, to: "ca.crt")
    }

    private static func authority(in folder: DataFolder, now: Date) throws -> CertificateAuthority {
        let key = folder.url.appending(path: "ca.key").path
        let certificate = folder.url.appending(path: "ca.crt").path
        let present = [key, certificate].map(FileManager.default.fileExists)
        if present == [true, true] {
            let loaded = try CertificateAuthority(
                certificatePEM: String(contentsOfFile: certificate, encoding: .utf8),
                privateKeyPEM: String(contentsOfFile: key, encoding: .utf8)
            )
            if loaded.notValidAfter > now { return loaded }
            throw StartupError(
                "\(certificate): the certificate authority expired at \(loaded.notValidAfter); remove ca.crt and ca.key "
                    + "to have a new one made, and give its ca.crt to every client and exporter"
            )
        }
        if present.contains(true) {
            throw StartupError(
                "\(folder.url.path): of ca.crt and ca.key only one is there; restore the other, or remove both"
            )
        }
        let created = try CertificateAuthority.create(now: now)
        try folder.write(created.privateKeyPEM, to: "ca.key")
        try folder.write(created.certificatePEM, to: "ca.crt")
        return created
    }

    private static func issue(by authority: CertificateAuthority, host: String, now: Date) throws -> ServerIdentity {
        var names = [ServerName(host)]
        for name in ["localhost", "127.0.0.1", "::1"] where name != host { names.append(ServerName(name)) }
        return try authority.issue(server: names, now: now)
    }

    private static func external(_ environment: ServiceEnvironment) throws -> ServerIdentity? {
        guard let paths = environment.certificate else { return nil }
        do {
            return ServerIdentity(
                certificateChainPEM: try String(contentsOfFile: paths.certificate, encoding: .utf8),
                privateKeyPEM: try String(contentsOfFile: paths.key, encoding: .utf8)
            )
        } catch {
            throw StartupError("EXTERNAL_CERT_PEM, EXTERNAL_KEY_PEM: cannot be read: \(error.localizedDescription)")
        }
    }
}
