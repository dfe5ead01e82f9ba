import Authentication
import Foundation
import Reconciling

/// The internal tokens of clients and exporters, for the credential Secrets.
struct InternalCredentials: CredentialAuthority {
    let issuer: InternalTokenIssuer
    let verifier: InternalTokenVerifier
    let prefix: String
    let now: @Sendable () -> Date

    init(issuer: InternalTokenIssuer, prefix: String, now: @escaping @Sendable () -> Date) {
        self.issuer = issuer
        self.verifier = InternalTokenVerifier(of: issuer, prefix: prefix)
        self.prefix = prefix
        self.now = now
    }

    func issue(to subject: CredentialSubject) throws -> (token: String, expiresAt: Date) {
        let signed = try issuer.sign(subject: InternalSubject(subject), now: now())
        return (signed.token, signed.expiresAt)
    }

    func expiry(of token: String, for subject: CredentialSubject) -> Date? {
        // A token that does not verify is not an error here: it is the reason to issue a new one.
        guard let unverified = try? UnverifiedToken(compact: token),
            let user = try? verifier.verifyNow(unverified, now: now()),
            user.name == prefix + InternalSubject(subject).description
        else { return nil }
        return user.expiresAt
    }
}

extension InternalSubject {
    fileprivate init(_ subject: CredentialSubject) {
        self.init(
            kind: subject.kind == .client ? .client : .exporter,
            namespace: subject.namespace,
            name: subject.name,
            uid: subject.uid,
            annotations: subject.annotations
        )
    }
}
