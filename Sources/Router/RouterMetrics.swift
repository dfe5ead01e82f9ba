internal import Authentication
internal import Metrics
internal import RouterCore

/// The router's metrics. All exist from the start, at zero.
///
/// A class, as a struct of so many would be copied with each message that is counted.
final class RouterMetrics: Sendable {
    private let waiting = Gauge(label: "jumpstarter_router_streams_waiting")
    private let pairs = Gauge(label: "jumpstarter_router_pairs")
    private let pairedStreams = Gauge(label: "jumpstarter_router_streams_paired")
    private let paired = Counter(label: "jumpstarter_router_pairs_total")
    private let bytes = ReceiverCounters("jumpstarter_router_bytes_total")
    private let messages = ReceiverCounters("jumpstarter_router_messages_total")
    private let backpressure = Timer(
        label: "jumpstarter_router_backpressure_seconds",
        preferredDisplayUnit: .seconds
    )
    private let handshakes = RouterMetrics.counters(
        "jumpstarter_router_handshake_failures_total",
        "reason",
        HandshakeFailure.allCases,
        \.rawValue
    )
    private let faults = RouterMetrics.counters(
        "jumpstarter_router_connections_ended_total",
        "reason",
        ConnectionFault.allCases,
        \.rawValue
    )
    private let held = RouterMetrics.counter("held")
    private let refusedConnections = RouterMetrics.counter("refused")
    private let pairing = Timer(label: "jumpstarter_router_pairing_seconds", preferredDisplayUnit: .seconds)
    private let refused = RouterMetrics.counters(
        "jumpstarter_router_streams_refused_total",
        "reason",
        RouterCore.Refusal.allCases,
        \.metricValue
    )

    /// Whom something was sent to: the sides by name if their tokens say, otherwise the calls in their order.
    enum Receiver: String, Sendable, CaseIterable {
        case client
        case exporter
        case first
        case second

        /// Who receives what this one sends.
        var partner: Self {
            switch self {
            case .client: .exporter
            case .exporter: .client
            case .first: .second
            case .second: .first
            }
        }

        init(_ side: RouterToken.Side?, call: TunnelSide) {
            switch (side, call) {
            case (.client, _): self = .client
            case (.exporter, _): self = .exporter
            case (nil, .first): self = .first
            case (nil, .second): self = .second
            }
        }
    }

    /// One counter for each receiver, found without hashing: two of these count with each message.
    private struct ReceiverCounters: Sendable {
        private let client: Counter
        private let exporter: Counter
        private let first: Counter
        private let second: Counter

        init(_ label: String) {
            func counter(_ receiver: Receiver) -> Counter {
                Counter(label: label, dimensions: [("to", receiver.rawValue)])
            }
            client = counter(.client)
            exporter = counter(.exporter)
            first = counter(.first)
            second = counter(.second)
        }

        subscript(_ receiver: Receiver) -> Counter {
            switch receiver {
            case .client: client
            case .exporter: exporter
            case .first: first
            case .second: second
            }
        }
    }

    private static func counters<Key: Hashable>(
        _ label: String,
        _ dimension: String,
        _ keys: [Key],
        _ value: (Key) -> String
    ) -> [Key: Counter] {
        Dictionary(
            uniqueKeysWithValues: keys.map { ($0, Counter(label: label, dimensions: [(dimension, value($0))])) }
        )
    }

    private static func counter(_ outcome: String) -> Counter {
        Counter(label: "jumpstarter_router_unproven_connections_total", dimensions: [("outcome", outcome)])
    }

    func record(waiting waitingCount: Int, pairs pairCount: Int) {
        waiting.record(waitingCount)
        pairs.record(pairCount)
        pairedStreams.record(2 * pairCount)
    }

    /// - Parameter nanoseconds: how long the first call had waited.
    func recordPair(afterNanoseconds nanoseconds: Int64) {
        paired.increment()
        pairing.recordNanoseconds(nanoseconds)
    }

    func recordRefusal(_ refusal: RouterCore.Refusal) {
        refused[refusal]?.increment()
    }

    /// - Parameters:
    ///   - count: bytes handed to HTTP/2.
    func recordBytes(_ count: Int, to receiver: Receiver) {
        bytes[receiver].increment(by: count)
    }

    /// - Parameter count: messages that have come for this receiver.
    func recordMessages(_ count: Int, to receiver: Receiver) {
        messages[receiver].increment(by: count)
    }

    /// - Parameter nanoseconds: how long a peer was not read from because its partner took nothing.
    func recordBackpressure(nanoseconds: Int64) {
        backpressure.recordNanoseconds(nanoseconds)
    }

    func recordHandshakeFailure(_ failure: HandshakeFailure) {
        handshakes[failure]?.increment()
    }

    /// - Parameter admission: of a connection.
    func recordAdmission(_ admission: SourceBudgets.Admission) {
        switch admission {
        case .now: break
        case .later: held.increment()
        case .refused: refusedConnections.increment()
        }
    }

    func recordEnd(_ fault: ConnectionFault) {
        faults[fault]?.increment()
    }
}

extension RouterCore.Refusal {
    /// The value of the label `reason`.
    fileprivate var metricValue: String {
        switch self {
        case .alreadyUsed: "already_used"
        case .replayed: "replayed"
        case .roleTaken: "role_taken"
        case .otherLease: "other_lease"
        case .leaseEnded: "lease_ended"
        case .deadlineExceeded: "deadline_exceeded"
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
