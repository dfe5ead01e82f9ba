import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Ends the service on SIGTERM or SIGINT: gracefully, but within its time whatever the peers do.
///
/// A connection is closed in agreement with its peer, and one that has fallen silent is waited for longer than the
/// service may take.
struct StopSignal {
    let group: ServiceGroup
    /// How long everything may take to end, connections to close above all.
    let patience: Duration
    let logger: Logger
    /// What comes first, before anything ends.
    var prepare: @Sendable () async throws -> Void = {}
    /// What is still to be done when the patience is over.
    var cleanUp: @Sendable () async throws -> Void = {}

    /// Waits for a signal, then ends the group, or after a while the process. Returns when cancelled.
    func obey() async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        for await signal in signals {
            logger.info("stopping", metadata: ["signal": "\(signal)"])
            do {
                try await prepare()
            } catch {
                logger.warning("stopping at once", metadata: ["error": "\(error)"])
            }
            await group.triggerGracefulShutdown()
            do {
                try await Task.sleep(for: patience)
            } catch {
                // The group has ended in time.
                return
            }
            await cutOff()
        }
    }

    private func cutOff() async {
        logger.warning("some peers do not answer; their connections are cut off")
        do {
            try await cleanUp()
        } catch {
            logger.error("the store did not close", metadata: ["error": "\(error)"])
        }
        exit(EXIT_SUCCESS)
    }
}
