extension ClaimedObject {
    /// Refuses callers of the other kind.
    package func require(_ kind: ObjectKind) throws(AuthorizationError) {
        guard self.kind == kind else { throw .wrongKind(self, required: kind) }
    }

    /// Refuses requests about another namespace than the caller's.
    package func requireNamespace(_ requested: String) throws(AuthorizationError) {
        guard requested == namespace else { throw .namespaceMismatch(requested: requested, own: namespace) }
    }
}
