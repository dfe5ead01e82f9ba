import Authentication
import Foundation
import Reconciling

/// Real internal tokens for the credential Secrets.
struct TestCredentials: CredentialAuthority {
    let issuer: InternalTokenIssuer
    let now: @Sendable () -> Date

    func issue(to subject: CredentialSubject) throws -> (token: String, expiresAt: Date) {
        let signed = try issuer.sign(subject: InternalSubject(subject), now: now())
        return (signed.token, signed.expiresAt)
    }

    func expiry(of token: String, for subject: CredentialSubject) -> Date? {
        let verifier = InternalTokenVerifier(of: issuer)
        guard let unverified = try? UnverifiedToken(compact: token),
            let user = try? verifier.verifyNow(unverified, now: now()),
            user.name == InternalTokenVerifier.defaultPrefix + InternalSubject(subject).description
        else { return nil }
        return user.expiresAt
    }
}

extension InternalSubject {
    init(_ subject: CredentialSubject) {
        self.init(
            kind: subject.kind == .client ? .client : .exporter,
            namespace: subject.namespace,
            name: subject.name,
            uid: subject.uid,
            annotations: subject.annotations
        )
    }
}
