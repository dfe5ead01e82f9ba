package import Foundation
package import Logging

/// The log handler of the service: renders each event in a ``LogFormat`` and gives it to a ``LogSink``.
package struct ServiceLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level
    private let label: String
    private let format: LogFormat
    private let sink: any LogSink
    private let now: @Sendable () -> Date

    /// Creates the handler of one logger.
    ///
    /// - Parameters:
    ///   - label: the logger's label.
    ///   - level: least level that is written.
    ///   - now: the wall clock.
    package init(
        label: String,
        format: LogFormat,
        level: Logger.Level,
        sink: any LogSink,
        metadataProvider: Logger.MetadataProvider? = nil,
        now: @escaping @Sendable () -> Date
    ) {
        self.label = label
        self.format = format
        self.sink = sink
        self.metadataProvider = metadataProvider
        self.now = now
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let record = LogRecord(
            date: now(),
            level: event.level,
            message: event.message.description,
            label: label,
            source: event.source,
            error: event.error.map { "\($0)" },
            metadata: LogRecord.flatten(merged(event.metadata))
        )
        sink.write(line: format.render(record))
    }

    /// What the call says wins over the logger's own, and that over the provider's.
    private func merged(_ explicit: Logger.Metadata?) -> Logger.Metadata {
        (metadataProvider?.get() ?? [:])
            .merging(metadata) { _, own in own }
            .merging(explicit ?? [:]) { _, explicit in explicit }
    }
}
