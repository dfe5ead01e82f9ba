import Foundation
import ObjectStore
import Resources

/// The specification of a `coordination.k8s.io/v1` Lease.
struct LeaseRecord: Sendable, Hashable {
    /// Empty for nobody.
    var holder = ""
    var durationSeconds = 0
    /// RFC 3339 with microseconds (`metav1.MicroTime`).
    var acquireTime: String?
    var renewTime: String?
    var transitions: Int64 = 0

    init(holder: String, durationSeconds: Int, acquireTime: String?, renewTime: String?, transitions: Int64) {
        self.holder = holder
        self.durationSeconds = durationSeconds
        self.acquireTime = acquireTime
        self.renewTime = renewTime
        self.transitions = transitions
    }

    /// Reads what is there; absent members count as empty, as in Kubernetes.
    init(_ object: UnstructuredObject) {
        let spec = object.content["spec"]
        holder = spec?["holderIdentity"]?.stringValue ?? ""
        durationSeconds = spec?["leaseDurationSeconds"]?.integerValue.map { Int(clamping: $0) } ?? 0
        acquireTime = spec?["acquireTime"]?.stringValue
        renewTime = spec?["renewTime"]?.stringValue
        transitions = spec?["leaseTransitions"]?.integerValue ?? 0
    }

    /// The object with this specification in the place of its own.
    func written(into object: UnstructuredObject) -> UnstructuredObject {
        var spec = object.content["spec"] ?? [:]
        spec["holderIdentity"] = .string(holder)
        spec["leaseDurationSeconds"] = .integer(Int64(durationSeconds))
        spec["acquireTime"] = acquireTime.map(JSONValue.string)
        spec["renewTime"] = renewTime.map(JSONValue.string)
        spec["leaseTransitions"] = .integer(transitions)
        var object = object
        object.content["spec"] = spec
        return object
    }

    /// A moment as Kubernetes writes it in leases: `2026-01-31T08:00:00.000000Z`.
    static func microTime(_ date: Date) -> String {
        let seconds = date.timeIntervalSince1970.rounded(.down)
        let micros = min(999_999, Int(((date.timeIntervalSince1970 - seconds) * 1_000_000).rounded(.down)))
        let whole = Timestamp(seconds: Int64(seconds)).description.dropLast()
        let digits = String(micros)
        return "\(whole).\(String(repeating: "0", count: 6 - digits.count))\(digits)Z"
    }
}
