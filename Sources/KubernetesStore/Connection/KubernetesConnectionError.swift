/// Why no connection to a Kubernetes API server could be set up: which file or setting, what is wrong, what would do.
package struct KubernetesConnectionError: Error, Hashable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        /// There is neither a kubeconfig nor the environment of a pod.
        case notConfigured
        /// A file cannot be read.
        case unreadableFile
        /// A file is not YAML, or has not the shape of a kubeconfig.
        case malformed
        /// A context, cluster or user that is named is not there.
        case missingEntry
        /// A way to prove who one is that is not supported.
        case unsupportedAuthentication
        /// A certificate or key cannot be used.
        case badCertificate
        /// A server or proxy address cannot be used.
        case badAddress
        /// The command that should give a credential failed.
        case credentialCommandFailed
    }

    package var reason: Reason
    /// What is wrong and what would be accepted. Never holds a secret.
    package var message: String

    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    package var description: String { message }
}
