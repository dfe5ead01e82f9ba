import Foundation

/// What a request sends to prove who we are.
struct RequestCredential: Sendable {
    /// The value of the Authorization header.
    var authorization: String?
    /// A certificate from a credential command.
    var clientCertificate: KubernetesConnection.ClientCertificate?
    /// Which answer of the source this is; a refusal of an older one asks for no new one.
    var serial: Int = 0
}

/// Keeps the credential of a connection fresh.
///
/// A token file is read anew every 10 s and after a refusal; a credential command runs anew when its answer expires and
/// after a refusal. Callers at the same time share one run.
actor CredentialProvider {
    /// How long a token that was read from a file is used. Kubelets rotate with 20 % of its life left, so minutes of
    /// delay would do too.
    private static let fileInterval: TimeInterval = 10

    private let source: KubernetesConnection.Credential
    private let environment: KubernetesEnvironment
    private var current: RequestCredential?
    private var refreshAt: Date?
    private var running: Task<RequestCredential, any Error>?
    private var serial = 0

    init(_ source: KubernetesConnection.Credential, environment: KubernetesEnvironment) {
        self.source = source
        self.environment = environment
    }

    /// - Throws: `KubernetesConnectionError`.
    func credential() async throws -> RequestCredential {
        if let current, refreshAt.map({ environment.now() < $0 }) ?? true { return current }
        switch source {
        case .none: return store(RequestCredential(), until: nil)
        case .token(let token): return store(RequestCredential(authorization: "Bearer \(token)"), until: nil)
        case .basic(let username, let password):
            let text = Data("\(username):\(password)".utf8).base64EncodedString()
            return store(RequestCredential(authorization: "Basic \(text)"), until: nil)
        case .tokenFile(let path): return try readToken(path)
        case .command(let command): return try await run(command)
        }
    }

    /// The server refused a credential: the next request asks the source again. Answers whether that can help.
    func refused(_ credential: RequestCredential) -> Bool {
        switch source {
        case .none, .token, .basic: return false
        case .tokenFile, .command:
            if credential.serial == serial { current = nil }
            return true
        }
    }

    private func store(_ credential: RequestCredential, until time: Date?) -> RequestCredential {
        serial += 1
        var credential = credential
        credential.serial = serial
        current = credential
        refreshAt = time
        return credential
    }

    private func readToken(_ path: String) throws -> RequestCredential {
        let next = environment.now().addingTimeInterval(Self.fileInterval)
        do {
            let text = String(decoding: try environment.read(path, for: "the token file"), as: UTF8.self)
            let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
            if token.isEmpty { throw KubernetesConnectionError(.unreadableFile, "the token file \(path) is empty") }
            return store(RequestCredential(authorization: "Bearer \(token)"), until: next)
        } catch {
            // A file that is just being exchanged: the token at hand is still the best there is.
            guard let current else { throw error }
            refreshAt = next
            return current
        }
    }

    private func run(_ command: CredentialCommand) async throws -> RequestCredential {
        if let running { return try await running.value }
        let environment = environment
        let task = Task {
            defer { running = nil }
            let output: Data
            do {
                output = try await environment.runCommand(command.invocation(in: environment.variables))
            } catch let error as KubernetesConnectionError {
                let hint = command.installHint.map { ". \($0)" } ?? ""
                throw KubernetesConnectionError(error.reason, error.message + hint)
            }
            let answer = try ExecCredential(parsing: output, of: command)
            return store(
                RequestCredential(
                    authorization: answer.token.map { "Bearer \($0)" },
                    clientCertificate: answer.clientCertificate
                ),
                until: answer.expiration
            )
        }
        running = task
        return try await task.value
    }
}
