import GRPCCore
import JumpstarterProtocol
import Resources
import SwiftProtobuf

extension Google_Protobuf_Timestamp {
    init(_ timestamp: Timestamp) { self.init(seconds: timestamp.seconds, nanos: 0) }

    /// The whole second; a fraction is dropped, because Kubernetes' times have none.
    /// - Throws: `ServiceError` for a moment outside the years 1 to 9999, which no object could carry.
    func timestamp(field: String) throws(ServiceError) -> Timestamp {
        let moment = Timestamp(seconds: seconds)
        if Timestamp.printable.contains(moment) { return moment }
        let range = "\(Timestamp.printable.lowerBound) to \(Timestamp.printable.upperBound)"
        throw .invalidArgument(field, "\(seconds) s since 1970 is out of range; expected a moment from \(range)")
    }
}

extension Google_Protobuf_Duration {
    init(_ duration: GoDuration) {
        self.init(
            seconds: duration.nanoseconds / 1_000_000_000,
            nanos: Int32(duration.nanoseconds % 1_000_000_000)
        )
    }

    /// The duration as we store it.
    /// - Throws: `ServiceError` when it does not fit 64 bits of nanoseconds (292 years).
    func goDuration(field: String) throws(ServiceError) -> GoDuration {
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, secondOverflow) = scaled.addingReportingOverflow(Int64(nanos))
        if overflow || secondOverflow {
            throw .invalidArgument(field, "\(seconds) s is too long; the longest duration is about 292 years")
        }
        return GoDuration(nanoseconds: sum)
    }
}

extension Jumpstarter_V1_Condition {
    init(_ condition: Resources.Condition) {
        self.init()
        type = condition.type
        status = condition.status.rawValue
        if let generation = condition.observedGeneration { observedGeneration = generation }
        lastTransitionTime.seconds = condition.lastTransitionTime.seconds
        lastTransitionTime.nanos = 0
        reason = condition.reason
        message = condition.message
    }
}

extension Jumpstarter_V1_LabelSelector {
    init(_ selector: Resources.LabelSelector) {
        self.init()
        matchLabels = selector.matchLabels
        matchExpressions = selector.matchExpressions.map { requirement in
            var message = Jumpstarter_V1_LabelSelectorRequirement()
            message.key = requirement.key
            message.operator = requirement.operator.rawValue
            message.values = requirement.values
            return message
        }
    }

    /// The selector as we store it.
    /// - Throws: `ServiceError` naming the field that is wrong.
    func labelSelector(field: String) throws(ServiceError) -> Resources.LabelSelector {
        var selector = Resources.LabelSelector(matchLabels: matchLabels)
        for (index, expression) in matchExpressions.enumerated() {
            guard let operation = Resources.LabelSelector.Operator(rawValue: expression.operator) else {
                let accepted = Resources.LabelSelector.Operator.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidArgument(
                    "\(field).match_expressions[\(index)].operator",
                    "\"\(expression.operator)\" is unknown; expected one of \(accepted)"
                )
            }
            selector.matchExpressions.append(
                .init(key: expression.key, operator: operation, values: expression.values)
            )
        }
        if let problem = selector.problems(at: field).first {
            throw ServiceError(.invalidArgument, problem.description)
        }
        return selector
    }
}

extension Jumpstarter_V1_ExporterStatus {
    init(_ state: ExporterState?) {
        self =
            switch state {
            case nil, .unspecified: .unspecified
            case .offline: .offline
            case .available: .available
            case .beforeLeaseHook: .beforeLeaseHook
            case .leaseReady: .leaseReady
            case .afterLeaseHook: .afterLeaseHook
            case .beforeLeaseHookFailed: .beforeLeaseHookFailed
            case .afterLeaseHookFailed: .afterLeaseHookFailed
            }
    }

    /// The state that an exporter reports.
    /// - Throws: `ServiceError` for a number that we do not know.
    func exporterState() throws(ServiceError) -> ExporterState {
        switch self {
        case .unspecified: .unspecified
        case .offline: .offline
        case .available: .available
        case .beforeLeaseHook: .beforeLeaseHook
        case .leaseReady: .leaseReady
        case .afterLeaseHook: .afterLeaseHook
        case .beforeLeaseHookFailed: .beforeLeaseHookFailed
        case .afterLeaseHookFailed: .afterLeaseHookFailed
        case .UNRECOGNIZED(let number):
            throw .invalidArgument("status", "\(number) is not a known ExporterStatus; expected 0 to 7")
        }
    }
}
