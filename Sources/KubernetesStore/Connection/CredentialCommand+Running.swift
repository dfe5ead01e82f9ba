package import Foundation
import Synchronization

extension CredentialCommand {
    /// The most bytes of an answer.
    private static let maximumOutput = 1024 * 1024
    /// How long a program may take.
    private static let timeLimit = 30.0

    /// Runs a program without input and answers its standard output, at most 1 MiB; ends it after 30 s.
    /// - Throws: `KubernetesConnectionError` when it cannot be run, fails, or takes too long.
    package static func run(_ invocation: Invocation) async throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try executable(invocation))
        process.arguments = invocation.arguments
        process.environment = invocation.variables
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw KubernetesConnectionError(
                .credentialCommandFailed,
                "the credential command \(invocation.command) cannot be run: \(error)"
            )
        }
        let identifier = process.processIdentifier
        let killer = DispatchWorkItem { kill(identifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + timeLimit, execute: killer)
        defer { killer.cancel() }
        let reading = output.fileHandleForReading
        let data = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async { continuation.resume(with: Result { try read(reading) }) }
            }
        } onCancel: {
            kill(identifier, SIGKILL)
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw KubernetesConnectionError(
                .credentialCommandFailed,
                "the credential command \(invocation.command) failed with status \(process.terminationStatus)"
            )
        }
        return data
    }

    private static func read(_ handle: FileHandle) throws -> Data {
        var data = Data()
        while let chunk = try handle.read(upToCount: 65_536), !chunk.isEmpty {
            data.append(chunk)
            if data.count > maximumOutput {
                throw KubernetesConnectionError(
                    .credentialCommandFailed,
                    "a credential command answered more than 1 MiB"
                )
            }
        }
        return data
    }

    private static func executable(_ invocation: Invocation) throws -> String {
        if invocation.command.contains("/") { return invocation.command }
        for folder in (invocation.variables["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
            let path = "\(folder)/\(invocation.command)"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw KubernetesConnectionError(
            .credentialCommandFailed,
            "the credential command \(invocation.command) is not in PATH"
        )
    }
}
