import Logging
import Synchronization

/// Keeps what is logged.
final class LogRecords: Sendable {
    private let events = Mutex<[LogEvent]>([])

    func append(_ event: LogEvent) { events.withLock { $0.append(event) } }

    /// The metadata of every line with that message.
    func metadata(of message: String) -> [[String: String]] {
        all.filter { $0.message.description == message }
            .map { ($0.metadata ?? [:]).mapValues(\.description) }
    }

    /// The levels of every line with that message.
    func levels(of message: String) -> [Logger.Level] {
        all.filter { $0.message.description == message }.map(\.level)
    }

    /// Everything that was logged, as one text.
    var text: String {
        all.map { "\($0.level) \($0.message) \($0.metadata ?? [:])" }.joined(separator: "\n")
    }

    private var all: [LogEvent] { events.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in RecordingLogHandler(records: self) } }
}

struct RecordingLogHandler: LogHandler {
    let records: LogRecords
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { records.append(event) }
}
