package import Foundation

/// What finding and authenticating to a server needs from outside; the composition root passes the real things.
package struct KubernetesEnvironment: Sendable {
    /// The environment variables.
    package var variables: [String: String]
    /// The folder that holds `.kube/config`.
    package var homeDirectory: String
    /// The bytes of a file; throws when it cannot be read.
    package var readFile: @Sendable (String) throws -> Data
    /// Whether a file exists.
    package var fileExists: @Sendable (String) -> Bool
    /// Runs a credential command and answers its standard output.
    package var runCommand: @Sendable (CredentialCommand.Invocation) async throws -> Data
    /// The time of day, for the expiry of credentials.
    package var now: @Sendable () -> Date

    package init(
        variables: [String: String],
        homeDirectory: String,
        readFile: @escaping @Sendable (String) throws -> Data,
        fileExists: @escaping @Sendable (String) -> Bool,
        runCommand: @escaping @Sendable (CredentialCommand.Invocation) async throws -> Data = CredentialCommand.run,
        now: @escaping @Sendable () -> Date
    ) {
        self.variables = variables
        self.homeDirectory = homeDirectory
        self.readFile = readFile
        self.fileExists = fileExists
        self.runCommand = runCommand
        self.now = now
    }

    func read(_ path: String, for purpose: String) throws(KubernetesConnectionError) -> Data {
        do {
            return try readFile(path)
        } catch {
            throw KubernetesConnectionError(.unreadableFile, "\(purpose) \(path) cannot be read: \(error)")
        }
    }
}
