/// The value behind ``HealthRegistry``'s lock.
struct HealthState {
    /// A running watch.
    struct Watch {
        let service: String
        let continuation: AsyncStream<HealthStatus?>.Continuation
    }

    private(set) var statuses: [String: HealthStatus]
    var watches: [Int: Watch] = [:]
    private var lastWatch = 0
    private var isDraining = false

    init(_ services: [String: HealthStatus]) {
        statuses = services.merging([HealthRegistry.wholeServer: .unknown]) { given, _ in given }
    }

    mutating func set(_ status: HealthStatus, for service: String) {
        guard !isDraining else { return }
        change(service, to: status)
    }

    mutating func drain() {
        isDraining = true
        for service in statuses.keys {
            change(service, to: .notServing)
        }
    }

    /// Adds a watch and gives it the status now.
    ///
    /// - Returns: The watch's number, never used twice.
    mutating func addWatch(of service: String, _ continuation: AsyncStream<HealthStatus?>.Continuation) -> Int {
        lastWatch += 1
        watches[lastWatch] = Watch(service: service, continuation: continuation)
        continuation.yield(statuses[service])
        return lastWatch
    }

    private mutating func change(_ service: String, to status: HealthStatus) {
        guard statuses.updateValue(status, forKey: service) != status else { return }
        for watch in watches.values where watch.service == service {
            watch.continuation.yield(status)
        }
    }
}
