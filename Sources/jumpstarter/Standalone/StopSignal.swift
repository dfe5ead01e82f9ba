import Foundation
import Logging
import SQLiteStore
import ServiceLifecycle
import UnixSignals

/// Ends the service on SIGTERM or SIGINT: gracefully, but within its time whatever the peers do.
///
/// A connection is closed in agreement with its peer, and one that has fallen silent is waited for longer than the
/// service may take. Cutting it off loses nothing: every acknowledged write is on disk.
struct StopSignal {
    /// How long connections may take to close. The whole stop takes less than 5 s.
    private static let patience = Duration.seconds(4)

    let group: ServiceGroup
    let store: SQLiteStore
    let logger: Logger

    /// Waits for a signal, then ends the group, or after a while the process. Returns when cancelled.
    func obey() async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        for await signal in signals {
            logger.info("stopping", metadata: ["signal": "\(signal)"])
            await group.triggerGracefulShutdown()
            do {
                try await Task.sleep(for: Self.patience)
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
            try await store.close()
        } catch {
            logger.error("the store did not close", metadata: ["error": "\(error)"])
        }
        exit(EXIT_SUCCESS)
    }
}
