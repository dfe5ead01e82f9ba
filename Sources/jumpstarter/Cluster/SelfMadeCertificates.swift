import Foundation
import Logging
import ObjectStore
import Resources
import Transport

/// The certificates of an installation that was given none: an authority and one certificate for every endpoint, in
/// Secrets that the first controller makes. The routers' pods name the Secret, and need no access to the API.
struct SelfMadeCertificates {
    /// A certificate is made anew when less than this is left of its life.
    private static let renewalTime: TimeInterval = 90 * 86_400
    private static let configMapName = "jumpstarter-service-ca-cert"
    private static let namesAnnotation = "jumpstarter.dev/certificate-names"
    private static let renewalAnnotation = "jumpstarter.dev/renew-after"

    let store: any ObjectStore
    let namespace: String
    /// The Secret of the certificate; that of the authority has `-ca` behind it.
    let secret: String
    let now: @Sendable () -> Date
    let logger: Logger

    /// What to show and what to trust. Safe for several replicas at once: one makes them, the others read them.
    /// - Parameter hosts: The hosts of the endpoints of controller and routers.
    /// - Throws: `StoreError`, `TransportError`, `StartupError`.
    func load(for hosts: [String]) async throws -> (identity: ServerIdentity, authorityPEM: String) {
        let authority = try await authority()
        let identity = try await identity(of: authority, for: Set(hosts).sorted())
        try await publish(authority.certificatePEM)
        return (identity, authority.certificatePEM)
    }

    private func authority() async throws -> CertificateAuthority {
        let key = ObjectKey(namespace: namespace, name: secret + "-ca")
        do {
            return try Self.authority(in: await store.get(Secret.self, key))
        } catch let error as StoreError where error.reason == .notFound {
            let made = try CertificateAuthority.create(now: now())
            let pair = Self.pair(made.certificatePEM, made.privateKeyPEM)
            do {
                _ = try await store.create(
                    Secret(metadata: ObjectMeta(name: key.name, namespace: namespace), data: pair)
                )
                logger.notice("a certificate authority was made", metadata: ["secret": "\(key.name)"])
                return made
            } catch let error as StoreError where error.reason == .alreadyExists {
                return try Self.authority(in: await store.get(Secret.self, key))
            }
        }
    }

    private static func authority(in secret: Secret) throws -> CertificateAuthority {
        try CertificateAuthority(
            certificatePEM: text("tls.crt", in: secret),
            privateKeyPEM: text("tls.key", in: secret)
        )
    }

    private func identity(of authority: CertificateAuthority, for hosts: [String]) async throws -> ServerIdentity {
        let key = ObjectKey(namespace: namespace, name: secret)
        let names = hosts.joined(separator: ",")
        do {
            var found = try await store.get(Secret.self, key)
            if found.metadata.annotations[Self.namesAnnotation] == names, !isOld(found) {
                return try Self.identity(in: found)
            }
            let made = try issue(by: authority, hosts, into: &found)
            _ = try await store.update(found)
            logger.notice("the certificate was made anew", metadata: ["secret": "\(secret)", "names": "\(names)"])
            return made
        } catch let error as StoreError where error.reason == .notFound {
            var fresh = Secret(metadata: ObjectMeta(name: secret, namespace: namespace), data: [:])
            let made = try issue(by: authority, hosts, into: &fresh)
            do {
                _ = try await store.create(fresh)
                return made
            } catch let error as StoreError where error.reason == .alreadyExists {
                return try Self.identity(in: await store.get(Secret.self, key))
            }
        } catch let error as StoreError where error.reason == .conflict {
            // Another replica was faster.
            return try Self.identity(in: await store.get(Secret.self, key))
        }
    }

    private func isOld(_ secret: Secret) -> Bool {
        guard let text = secret.metadata.annotations[Self.renewalAnnotation],
            let moment = Timestamp(rfc3339: text)
        else { return true }
        return moment <= Timestamp(now())
    }

    private func issue(
        by authority: CertificateAuthority,
        _ hosts: [String],
        into secret: inout Secret
    ) throws -> ServerIdentity {
        let made = try authority.issue(server: hosts.map { ServerName($0) }, now: now())
        secret.data = Self.pair(made.certificateChainPEM, made.privateKeyPEM)
        secret.data["ca.crt"] = Data(authority.certificatePEM.utf8)
        let renewal = now().addingTimeInterval(CertificateAuthority.serverLifetime - Self.renewalTime)
        secret.metadata.annotations[Self.namesAnnotation] = hosts.joined(separator: ",")
        secret.metadata.annotations[Self.renewalAnnotation] = Timestamp(renewal).description
        return made
    }

    private static func identity(in secret: Secret) throws -> ServerIdentity {
        ServerIdentity(
            certificateChainPEM: try text("tls.crt", in: secret),
            privateKeyPEM: try text("tls.key", in: secret)
        )
    }

    private static func pair(_ certificate: String, _ key: String) -> [String: Data] {
        ["tls.crt": Data(certificate.utf8), "tls.key": Data(key.utf8)]
    }

    private static func text(_ name: String, in secret: Secret) throws(StartupError) -> String {
        guard let data = secret.data[name], let text = String(data: data, encoding: .utf8) else {
            throw StartupError(
                "the Secret \(secret.metadata.name) has no \(name); add it, or delete the Secret to have it made anew"
            )
        }
        return text
    }

    /// Writes the authority where `jmp admin` finds it (spec/resources.md).
    private func publish(_ authorityPEM: String) async throws {
        let key = ObjectKey(namespace: namespace, name: Self.configMapName)
        do {
            var found = try await store.get(ConfigMap.self, key)
            if found.data["ca.crt"] == authorityPEM { return }
            found.data["ca.crt"] = authorityPEM
            _ = try await store.update(found)
        } catch let error as StoreError where error.reason == .notFound {
            let metadata = ObjectMeta(name: key.name, namespace: namespace)
            do {
                _ = try await store.create(ConfigMap(metadata: metadata, data: ["ca.crt": authorityPEM]))
            } catch let error as StoreError where error.reason == .alreadyExists {
                logger.debug("another replica has published the authority")
            }
        }
    }
}
