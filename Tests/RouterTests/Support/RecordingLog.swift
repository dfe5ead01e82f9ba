import Logging
import Synchronization

/// Keeps all log lines of a test, with their metadata.
final class RecordingLog: Sendable {
    private struct Handler: LogHandler {
        let log: RecordingLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.store.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }

    private let store = Mutex<[String]>([])

    var lines: [String] { store.withLock { $0 } }

    var logger: Logger {
        Logger(label: "recording", factory: { _ in Handler(log: self) })
    }
}
