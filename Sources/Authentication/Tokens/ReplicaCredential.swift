import Crypto
package import Foundation

/// What replicas of the controller show each other on their internal calls: a time-stamped MAC under a key that only they
/// can derive, from `CONTROLLER_KEY`.
///
/// The calls go over TLS with a pinned certificate, so nobody in between can take a credential; it is good for a minute
/// and for this purpose only.
package struct ReplicaCredential: Sendable {
    /// How far the clocks of two replicas may be apart, the call's way included, in seconds.
    private static let tolerance: TimeInterval = 60

    private let key: SymmetricKey

    /// Derives the key: HKDF-SHA256 with a salt of its own, so that it has nothing to do with the token signing key.
    package init(controllerKey: String) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Data(controllerKey.utf8)),
            salt: Data("jumpstarter.dev/controller-key/v1".utf8),
            info: Data("replica/HMAC-SHA256".utf8),
            outputByteCount: 32
        )
    }

    /// A credential for a call now.
    package func sign(now: Date) -> String {
        let moment = String(Int64(now.timeIntervalSince1970))
        return moment + "." + Base64URLText.encode(code(for: moment))
    }

    /// Whether a credential is ours and fresh.
    package func accepts(_ credential: String, now: Date) -> Bool {
        let parts = credential.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let moment = Int64(parts[0]), let code = Base64URLText.decode(String(parts[1])),
            abs(now.timeIntervalSince1970 - Double(moment)) <= Self.tolerance
        else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Data(parts[0].utf8), using: key)
    }

    private func code(for moment: String) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: Data(moment.utf8), using: key))
    }
}
