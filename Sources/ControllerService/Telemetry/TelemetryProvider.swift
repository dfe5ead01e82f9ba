package import GRPCCore
package import JumpstarterProtocol
package import Logging
import Resources
import SwiftProtobuf

/// `jumpstarter.v1.TelemetryService`: log entries of exporters, written into our own log.
package struct TelemetryProvider: Jumpstarter_V1_TelemetryService.ServiceProtocol {
    /// Bounds on a batch (spec/wire-protocol.md, TelemetryService).
    private enum Limit {
        static let entries = 500
        static let extraFields = 16
        static let keyLength = 64
        static let valueLength = 256
        static let messageLength = 8192
    }

    private let calls: CallAuthorizer
    private let isEnabled: @Sendable () -> Bool
    private let logger: Logger

    package init(calls: CallAuthorizer, isEnabled: @autoclosure @escaping @Sendable () -> Bool, logger: Logger) {
        self.calls = calls
        self.isEnabled = isEnabled
        self.logger = logger
    }

    package func pushLogs(
        request: ServerRequest<Jumpstarter_V1_PushLogsRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_V1_PushLogsResponse> {
        let exporter = try await calls.exporter(request.metadata, context)
        guard isEnabled() else {
            throw ServiceError(.failedPrecondition, "telemetry is not enabled in the configuration (telemetry.enabled)")
        }
        let entries = request.message.entries
        for entry in entries.prefix(Limit.entries) { write(entry, of: exporter, peer: context.remotePeer) }
        var response = Jumpstarter_V1_PushLogsResponse()
        response.accepted = UInt32(min(entries.count, Limit.entries))
        response.dropped = UInt32(max(0, entries.count - Limit.entries))
        return ServerResponse(message: response)
    }

    /// The exporter and the namespace are those of the token, whatever the entry claims.
    private func write(_ entry: Jumpstarter_V1_LogEntry, of exporter: Exporter, peer: String) {
        var metadata: Logger.Metadata = [:]
        for (key, value) in entry.extraFields.sorted(by: { $0.key < $1.key }).prefix(Limit.extraFields) {
            metadata[String(key.prefix(Limit.keyLength))] = "\(value.prefix(Limit.valueLength))"
        }
        let named = [
            "component": entry.component, "lease_id": entry.lease, "client": entry.client,
            "operation": entry.operation, "result": entry.result, "driver_type": entry.driverType,
        ]
        for (key, value) in named { metadata[key] = value.isEmpty ? nil : "\(value.prefix(Limit.valueLength))" }
        metadata["exporter"] = "\(exporter.metadata.name)"
        metadata["namespace"] = "\(exporter.key.namespace)"
        metadata["peer"] = "\(peer)"
        metadata["logged_at"] = entry.loggedAt.map { "\($0)" }
        logger.log(level: entry.level, "\(entry.message.prefix(Limit.messageLength))", metadata: metadata)
    }
}

extension Jumpstarter_V1_LogEntry {
    /// When the entry was written; nil when it does not say, or says what is no time (0001 to 9999).
    fileprivate var loggedAt: Timestamp? {
        let moment = Timestamp(seconds: timestamp.seconds)
        return hasTimestamp && Timestamp.printable.contains(moment) ? moment : nil
    }

    fileprivate var level: Logger.Level {
        switch severity.lowercased() {
        case "trace": .trace
        case "debug": .debug
        case "warn", "warning": .warning
        case "error": .error
        case "critical", "fatal": .critical
        default: .info
        }
    }
}
