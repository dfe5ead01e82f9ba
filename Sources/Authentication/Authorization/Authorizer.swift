/// Decides whether a caller is the object it claims to be. No I/O: the caller looks the object up.
package struct Authorizer: Sendable {
    private let internalPrefix: String
    private let provisioningEnabled: Bool

    /// The outcome when the caller is not refused.
    package enum Decision: Hashable, Sendable {
        /// The caller is the object.
        case allowed
        /// The Client does not exist and is to be created with this `spec.username`.
        case provision(userName: String)
    }

    /// Creates an authorizer.
    ///
    /// - Parameters:
    ///   - internalPrefix: the prefix of internal tokens' user names (`authentication.internal.prefix`).
    ///   - provisioningEnabled: whether missing Clients are created (`provisioning.enabled`).
    package init(internalPrefix: String = InternalTokenVerifier.defaultPrefix, provisioningEnabled: Bool = false) {
        self.internalPrefix = internalPrefix
        self.provisioningEnabled = provisioningEnabled
    }

    /// Decides.
    ///
    /// - Parameter subject: the claimed object as stored, nil when there is none.
    /// - Throws: `AuthorizationError.notPermitted`.
    package func authorize(
        _ caller: Caller,
        as subject: AuthorizationSubject?
    ) throws(AuthorizationError) -> Decision {
        guard let subject else {
            guard mayProvision(caller) else { throw denial(of: caller) }
            return .provision(userName: caller.user.name)
        }
        guard owns(caller, subject) else { throw denial(of: caller) }
        return .allowed
    }

    private func owns(_ caller: Caller, _ subject: AuthorizationSubject) -> Bool {
        if let userName = subject.userName, !userName.isEmpty, userName == caller.user.name { return true }
        // An external issuer whose prefix imitates ours must not pass for us, so the origin counts, not only the text.
        guard caller.user.origin == .internalToken else { return false }
        let own = InternalSubject(
            kind: caller.object.kind,
            namespace: caller.object.namespace,
            name: caller.object.name,
            uid: subject.uid,
            annotations: subject.annotations
        )
        return caller.user.name == internalPrefix + own.description
    }

    /// Exporters are never made on the fly. Nor are Clients for internal tokens: such a token was made for an object
    /// that has been deleted since, and deleting it is how an administrator takes access away.
    private func mayProvision(_ caller: Caller) -> Bool {
        provisioningEnabled && caller.object.kind == .client && caller.user.origin != .internalToken
    }

    private func denial(of caller: Caller) -> AuthorizationError {
        .notPermitted(caller.object, userName: caller.user.name)
    }
}
