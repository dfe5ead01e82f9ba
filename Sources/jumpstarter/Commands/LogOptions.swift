public import ArgumentParser
import ControllerService
import Foundation
public import Logging
import Observability

extension LogFormat: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}

/// How the service logs; to standard error, so that standard output stays for results.
struct LogOptions: ParsableArguments {
    @Option(
        help: "How log lines are written: json for machines, text for people. Default: text on a terminal, else json."
    )
    var logFormat: LogFormat?

    @Option(help: "The least level that is logged: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    /// Sets the process's logging up; answers the service's logger.
    func bootstrap(now: @escaping @Sendable () -> Date) -> Logger {
        let format = logFormat ?? (isatty(STDERR_FILENO) == 1 ? .text : .json)
        let level = logLevel
        let sink = FileDescriptorLogSink(descriptor: STDERR_FILENO)
        LoggingSystem.bootstrap { label in
            ServiceLogHandler(
                label: label,
                format: format,
                level: level,
                sink: sink,
                metadataProvider: CallPeer.metadataProvider,
                now: now
            )
        }
        return Logger(label: "jumpstarter")
    }
}
