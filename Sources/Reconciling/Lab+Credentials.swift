package import Foundation
import Leasing
import Logging
import ObjectStore
package import Resources

// The credential Secrets of clients and exporters: created when missing, replaced when their token does not verify or
// has expired (spec/resources.md, Secrets).
extension Lab {
    struct Credential {
        var secretName: String
        var expiresAt: Date
    }

    /// The key under which a credential Secret holds the token.
    private static let tokenKey = "token"

    func reconcileClient(_ key: ObjectKey) async throws {
        guard let client = clients[key], let subject = CredentialSubject(client) else { return }
        let credential = try await ensureCredential(for: subject, owner: client)
        try await noteExpiry(of: key, credential)
    }

    private func noteExpiry(of key: ObjectKey, _ credential: Credential) async throws {
        let moment = time.now()
        let state = TokenExpiry(expiresAt: credential.expiresAt, now: moment)
        let before = clients[key]?.status.conditions[type: TokenExpiry.conditionType]?.reason
        let client = try await updateStatus(of: key) { status in
            status.credential = LocalObjectReference(name: credential.secretName)
            status.endpoint = self.configuration.endpoint
            status.tokenExpiresAt = Timestamp(credential.expiresAt)
            status.conditions.set(state.condition(now: Timestamp(moment)))
        }
        if state.isSoon && before != state.reason {
            events.record(about: client, "TokenExpiringSoon", state.message, severity: .warning)
        }
        if let next = state.nextChange { enqueue(.client(key), noLaterThan: next) }
    }

    /// Makes sure that the Secret is there and holds a good token.
    func ensureCredential<Owner: Resource>(for subject: CredentialSubject, owner: Owner) async throws -> Credential {
        let key = ObjectKey(namespace: subject.namespace, name: subject.secretName)
        do {
            let secret = try await credentialSecret(key)
            if let token = secret.data[Self.tokenKey].map({ String(decoding: $0, as: UTF8.self) }),
                let expiry = credentials.expiry(of: token, for: subject)
            {
                return Credential(secretName: key.name, expiresAt: expiry)
            }
            return try await replaceToken(in: secret, for: subject, owner: owner).credential
        } catch let error as StoreError where error.reason == .notFound {
            return try await createSecret(key, for: subject, owner: owner)
        }
    }

    /// The Secret as the watch told of it, else as the store has it.
    private func credentialSecret(_ key: ObjectKey) async throws -> Secret {
        if let known = secrets[key] { return known }
        return try await store.get(Secret.self, key)
    }

    /// Signs a new token for a client and stores it in its Secret (RotateToken).
    /// - Throws: `LabError.notFound`, `.aborted` when others replace the Secret all the time; `StoreError`.
    package func rotateToken(ofClient key: ObjectKey) async throws -> (token: String, expiresAt: Date) {
        if clients[key] == nil { try await refreshClient(key) }
        guard let client = clients[key], let subject = CredentialSubject(client) else {
            throw LabError.notFound("client \"\(key.name)\" does not exist")
        }
        for _ in 0..<Self.attempts {
            do {
                _ = try await ensureCredential(for: subject, owner: client)
                let name = ObjectKey(namespace: key.namespace, name: subject.secretName)
                let secret = try await store.get(Secret.self, name)
                let (credential, token) = try await replaceToken(in: secret, for: subject, owner: client)
                try await noteExpiry(of: key, credential)
                return (token, credential.expiresAt)
            } catch let error as StoreError where error.reason.isLostRace {
                continue
            }
        }
        throw LabError.aborted("the credential of client \"\(key.name)\" is changed by others all the time; try again")
    }

    private func replaceToken<Owner: Resource>(
        in secret: Secret,
        for subject: CredentialSubject,
        owner: Owner
    ) async throws -> (credential: Credential, token: String) {
        let (token, expiresAt) = try credentials.issue(to: subject)
        var replaced = secret
        replaced.data[Self.tokenKey] = Data(token.utf8)
        if let reference = owner.controllerReference { replaced.metadata.ownerReferences = [reference] }
        _ = secrets.apply(try await store.update(replaced))
        noteCredential(of: subject, owner: owner)
        return (Credential(secretName: secret.metadata.name, expiresAt: expiresAt), token)
    }

    private func createSecret<Owner: Resource>(
        _ key: ObjectKey,
        for subject: CredentialSubject,
        owner: Owner
    ) async throws -> Credential {
        let (token, expiresAt) = try credentials.issue(to: subject)
        let references = owner.controllerReference.map { [$0] } ?? []
        let metadata = ObjectMeta(name: key.name, namespace: key.namespace, ownerReferences: references)
        let secret = Secret(metadata: metadata, data: [Self.tokenKey: Data(token.utf8)])
        _ = secrets.apply(try await store.create(secret))
        noteCredential(of: subject, owner: owner)
        return Credential(secretName: key.name, expiresAt: expiresAt)
    }

    private func noteCredential<Owner: Resource>(of subject: CredentialSubject, owner: Owner) {
        logger.info(
            "credential created",
            metadata: ["kind": "\(subject.kind)", "namespace": "\(subject.namespace)", "name": "\(subject.name)"]
        )
        events.record(about: owner, "CredentialCreated", "Created the credential Secret \(subject.secretName)")
    }
}

extension StoreError.Reason {
    /// Somebody else created, changed or deleted the object first; looking again tells how things are.
    fileprivate var isLostRace: Bool { self == .conflict || self == .notFound || self == .alreadyExists }
}
