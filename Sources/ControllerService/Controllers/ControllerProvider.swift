import Authentication
import Foundation
import GRPCCore
import JumpstarterProtocol
package import Logging
package import Reconciling
import Resources
import ServiceLifecycle

/// `jumpstarter.v1.ControllerService`: what exporters call, and clients to connect (spec/wire-protocol.md).
///
/// | call | by | goes to |
/// |---|---|---|
/// | Register, Unregister, ReportStatus, Status | exporter | `Lab` |
/// | Listen / Dial | exporter / client | `MeetingPoint`, `Dialer` |
/// | GetLease, RequestLease, ListLeases | client | `Lab` |
/// | ReleaseLease | both | `Lab` |
/// | GetServiceEndpoints | exporter | the configuration |
package struct ControllerProvider: Jumpstarter_V1_ControllerService.ServiceProtocol {
    let lab: Lab
    let calls: CallAuthorizer
    let dialer: Dialer
    let meeting: MeetingPoint
    let time: any TimeSource
    let peers: any ListenerPeers
    let leader: any LeaderCalls
    let telemetry: @Sendable () -> [TelemetryTarget]
    let logger: Logger

    /// Where exporters send their logs.
    package struct TelemetryTarget: Sendable {
        package var endpoint: String
        /// PEM; empty for the system's roots.
        package var certificate: String
        package var minimumSeverity: String

        package init(endpoint: String, certificate: String, minimumSeverity: String) {
            self.endpoint = endpoint
            self.certificate = certificate
            self.minimumSeverity = minimumSeverity
        }
    }

    package init(
        lab: Lab,
        calls: CallAuthorizer,
        dialer: Dialer,
        meeting: MeetingPoint,
        time: any TimeSource,
        peers: any ListenerPeers = NoListenerPeers(),
        leader: any LeaderCalls = NoLeaderCalls(),
        telemetry: @autoclosure @escaping @Sendable () -> [TelemetryTarget] = [],
        logger: Logger
    ) {
        self.lab = lab
        self.calls = calls
        self.dialer = dialer
        self.meeting = meeting
        self.time = time
        self.peers = peers
        self.leader = leader
        self.telemetry = telemetry
        self.logger = logger
    }
}

extension ServerContext {
    /// Runs an operation until it is done, the caller cancels, or the server shuts down; a cancelled RPC does not cancel
    /// its handler's task by itself.
    /// - Throws: what the operation throws; `CancellationError` when it was interrupted, which is UNAVAILABLE: when the
    ///   server shuts down the caller must know to come again.
    func untilCancelled<Result: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let cancellation = cancellation
        return try await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Result.self) { group in
                group.addTask { try await operation() }
                group.addTask {
                    try await cancellation.cancelled
                    throw CancellationError()
                }
                defer { group.cancelAll() }
                guard let result = try await group.next() else { throw CancellationError() }
                return result
            }
        }
    }
}
