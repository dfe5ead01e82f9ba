import ArgumentParser
import Foundation

/// How a command that failed tells why: one line on standard error, and exit code 1.
enum CommandFailure {
    /// Tells the error; answers what the command is to throw.
    static func told(_ error: any Error) -> ExitCode {
        FileHandle.standardError.write(Data("jumpstarter: \(error)\n".utf8))
        return ExitCode(1)
    }
}
