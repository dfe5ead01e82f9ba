/// Finds out who calls: authorization header, token, then the metadata that names the object, in this order, so that
/// somebody without a valid token learns nothing else.
package struct RequestAuthenticator: Sendable {
    private let tokens: TokenAuthenticator

    /// Creates an authenticator over the verifiers in `tokens`.
    package init(tokens: TokenAuthenticator) {
        self.tokens = tokens
    }

    /// Identifies the caller of a request.
    ///
    /// - Parameter values: all values of a (lower-case) metadata key.
    package func caller(from values: (String) -> [String]) async throws(RequestIdentityError) -> Caller {
        let user = try await user(from: values)
        do throws(RequestMetadataError) {
            return try Caller(user: user, claiming: ClaimedObject(from: values))
        } catch {
            throw .metadata(error)
        }
    }

    private func user(from values: (String) -> [String]) async throws(RequestIdentityError) -> AuthenticatedUser {
        do throws(AuthenticationError) {
            return try await tokens.authenticate(BearerToken(from: values))
        } catch {
            throw .authentication(error)
        }
    }
}
