import GRPCCore
import Resources

/// Whether a client may be connected to the exporter of its lease now: a pure decision on the exporter's state.
enum DialReadiness: Hashable {
    case ready
    /// Lease set-up is not finished; the exporter's next status decides.
    case wait
    case refused(ServiceError)

    /// - Parameter exporter: nil when it was deleted.
    init(lease: Lease, exporter: Exporter?) {
        let leaseName = lease.metadata.name
        guard let exporter else {
            self = .refused(.init(.failedPrecondition, "the exporter of lease \(leaseName) was deleted"))
            return
        }
        let name = exporter.metadata.name
        guard exporter.status.leaseRef?.name == leaseName else {
            self = .refused(.init(.failedPrecondition, "lease \(leaseName) does not hold exporter \(name) any more"))
            return
        }
        if !exporter.isOnline {
            self = .refused(.init(.failedPrecondition, "exporter is offline: \(name)"))
            return
        }
        self =
            switch exporter.status.exporterStatus {
            case nil, .unspecified, .leaseReady, .beforeLeaseHook, .afterLeaseHook: .ready
            case .available: .wait
            case .offline: .refused(.init(.failedPrecondition, "exporter is offline: \(name)"))
            case .beforeLeaseHookFailed:
                .refused(.init(.failedPrecondition, "beforeLease hook failed on exporter \(name)\(exporter.detail)"))
            case .afterLeaseHookFailed:
                .refused(.init(.failedPrecondition, "afterLease hook failed on exporter \(name)\(exporter.detail)"))
            }
    }
}

extension Exporter {
    fileprivate var detail: String {
        status.statusMessage.map { ": \($0)" } ?? ""
    }
}
