internal import Synchronization

/// What is known about the health of each service: set by the parts that know, read by ``HealthService``.
///
/// Services are named by their full names; the empty name is the server as a whole. Memory is one entry a service that
/// was ever set, and one a running watch.
package final class HealthRegistry: Sendable {
    /// The name under which the server as a whole is known.
    package static let wholeServer = ""

    private let state: Mutex<HealthState>

    /// - Parameter services: The statuses to begin with. The server as a whole begins as ``HealthStatus/unknown`` unless
    ///   it is among them.
    package init(_ services: [String: HealthStatus] = [:]) {
        state = Mutex(HealthState(services))
    }

    /// Sets a service's status and tells its watchers, if that changes anything. Does nothing after ``drain()``.
    package func set(_ status: HealthStatus, for service: String = wholeServer) {
        state.withLock { $0.set(status, for: service) }
    }

    /// Reports every service as not serving from now on, whatever is set later, so that callers go elsewhere before the
    /// server stops.
    package func drain() {
        state.withLock { $0.drain() }
    }

    /// The status of a service; nil for one that was never set.
    package func status(of service: String = wholeServer) -> HealthStatus? {
        state.withLock { $0.statuses[service] }
    }

    /// The statuses of all services.
    package var statuses: [String: HealthStatus] {
        state.withLock { $0.statuses }
    }

    /// How many watches are running.
    package var watchCount: Int {
        state.withLock { $0.watches.count }
    }

    /// Follows a service: its status now, then each change, and nil as long as it was never set.
    ///
    /// Holds one status at most: who reads slowly misses what was overtaken, and gets the latest.
    func watch(_ service: String) -> (id: Int, statuses: AsyncStream<HealthStatus?>) {
        let (statuses, continuation) = AsyncStream.makeStream(
            of: HealthStatus?.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let id = state.withLock { $0.addWatch(of: service, continuation) }
        return (id, statuses)
    }

    /// Ends a watch: its sequence finishes. Does nothing for one that has ended.
    func endWatch(_ id: Int) {
        let watch = state.withLock { $0.watches.removeValue(forKey: id) }
        watch?.continuation.finish()
    }
}
