internal import Metrics
internal import RouterCore

/// The router's metrics. All exist from the start, at zero.
struct RouterMetrics: Sendable {
    private let waiting = Gauge(label: "jumpstarter_router_streams_waiting")
    private let pairs = Gauge(label: "jumpstarter_router_pairs")
    private let paired = Counter(label: "jumpstarter_router_pairs_total")
    private let bytes = Counter(label: "jumpstarter_router_bytes_total")
    private let pairing = Timer(label: "jumpstarter_router_pairing_seconds", preferredDisplayUnit: .seconds)
    private let refused = Dictionary(
        uniqueKeysWithValues: RouterCore.Refusal.allCases.map {
            ($0, Counter(label: "jumpstarter_router_streams_refused_total", dimensions: [("reason", $0.metricValue)]))
        }
    )

    func record(waiting waitingCount: Int, pairs pairCount: Int) {
        waiting.record(waitingCount)
        pairs.record(pairCount)
    }

    /// - Parameter nanoseconds: how long the first call had waited.
    func recordPair(afterNanoseconds nanoseconds: Int64) {
        paired.increment()
        pairing.recordNanoseconds(nanoseconds)
    }

    func recordRefusal(_ refusal: RouterCore.Refusal) {
        refused[refusal]?.increment()
    }

    func recordBytes(_ count: Int) {
        bytes.increment(by: count)
    }
}

extension RouterCore.Refusal {
    /// The value of the label `reason`.
    fileprivate var metricValue: String {
        switch self {
        case .alreadyUsed: "already_used"
        case .partnerTimedOut: "partner_timed_out"
        case .incompatibleEncoding: "incompatible_encoding"
        case .draining: "draining"
        case .tooManyStreams: "streams"
        case .tooManyWaiting: "waiting_streams"
        case .tooManyRemembered: "remembered_stream_ids"
        case .tooManyStreamsOnConnection: "streams_per_connection"
        case .tooManyConnections: "connections"
        case .headersTooLarge: "header_size"
        case .unauthenticated: "unauthenticated"
        }
    }
}
