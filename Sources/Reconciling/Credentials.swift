package import Foundation
package import Resources

/// Whose token a credential holds.
package struct CredentialSubject: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case client
        case exporter
    }

    package var kind: Kind
    package var namespace: String
    package var name: String
    package var uid: String
    /// Annotations of the object: those of a migration change the subject (spec/resources.md, Secrets).
    package var annotations: [String: String]

    /// The subject of an object that the store has given a uid.
    package init?(_ client: Client) { self.init(.client, client.metadata) }

    /// The subject of an object that the store has given a uid.
    package init?(_ exporter: Exporter) { self.init(.exporter, exporter.metadata) }

    private init?(_ kind: Kind, _ metadata: ObjectMeta) {
        guard let uid = metadata.uid else { return nil }
        self.kind = kind
        self.namespace = metadata.namespace ?? ""
        self.name = metadata.name
        self.uid = uid
        self.annotations = metadata.annotations
    }

    /// The name of the Secret: `NAME-client` or `NAME-exporter`.
    package var secretName: String { "\(name)-\(kind.rawValue)" }
}

/// Signs and checks the internal tokens that credential Secrets hold.
package protocol CredentialAuthority: Sendable {
    /// A new token and the moment at which it expires.
    func issue(to subject: CredentialSubject) throws -> (token: String, expiresAt: Date)

    /// When a token expires; nil when it does not verify, is expired, or belongs to another subject.
    func expiry(of token: String, for subject: CredentialSubject) -> Date?
}
