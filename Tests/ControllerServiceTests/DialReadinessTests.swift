import GRPCCore
import Resources
import Testing

@testable import ControllerService

@Suite("Whether a lease's exporter can be dialled")
struct DialReadinessTests {
    private static let lease = Lease(
        metadata: ObjectMeta(name: "mine", namespace: "lab"),
        spec: .init(clientRef: .init(name: "alice"))
    )

    private static func exporter(
        _ state: ExporterState?,
        isOnline: Bool = true,
        heldBy lease: String? = "mine",
        message: String? = nil
    ) -> Exporter {
        var exporter = Exporter(metadata: ObjectMeta(name: "board", namespace: "lab"))
        exporter.status.exporterStatus = state
        exporter.status.statusMessage = message
        exporter.status.leaseRef = lease.map { LocalObjectReference(name: $0) }
        exporter.status.conditions.set(
            Condition(
                type: Exporter.ConditionType.online,
                status: isOnline ? .isTrue : .isFalse,
                lastTransitionTime: Timestamp(seconds: 0),
                reason: "Seen",
                message: ""
            )
        )
        return exporter
    }

    @Test(
        "ready: in a hook, with the lease ready, or without ever having said",
        arguments: [nil, .unspecified, .leaseReady, .beforeLeaseHook, .afterLeaseHook] as [ExporterState?]
    )
    func ready(state: ExporterState?) {
        #expect(DialReadiness(lease: Self.lease, exporter: Self.exporter(state)) == .ready)
    }

    @Test("still Available is waited for")
    func wait() {
        #expect(DialReadiness(lease: Self.lease, exporter: Self.exporter(.available)) == .wait)
    }

    @Test(
        "offline and failed hooks are refused in the words that the client knows",
        arguments: [
            (ExporterState.offline, "exporter is offline"),
            (.beforeLeaseHookFailed, "beforeLease hook failed on exporter board: exit 3"),
            (.afterLeaseHookFailed, "afterLease hook failed on exporter board: exit 3"),
        ]
    )
    func refused(state: ExporterState, words: String) {
        refuses(Self.exporter(state, message: "exit 3"), words)
    }

    @Test("an exporter that is not online is offline, whatever it last said", arguments: ExporterState.allCases)
    func notOnline(state: ExporterState) {
        refuses(Self.exporter(state, isOnline: false), "exporter is offline")
    }

    @Test("an exporter that is gone, or held by another lease or by none, is refused")
    func notHeld() {
        refuses(nil, "was deleted")
        refuses(Self.exporter(.leaseReady, heldBy: "other"), "does not hold exporter board any more")
        refuses(Self.exporter(.leaseReady, heldBy: nil), "does not hold exporter board any more")
    }

    private func refuses(_ exporter: Exporter?, _ words: String, sourceLocation: SourceLocation = #_sourceLocation) {
        guard case .refused(let error) = DialReadiness(lease: Self.lease, exporter: exporter) else {
            Issue.record("not refused", sourceLocation: sourceLocation)
            return
        }
        #expect(error.code == .failedPrecondition, sourceLocation: sourceLocation)
        #expect(error.message.contains(words), "\(error.message)", sourceLocation: sourceLocation)
    }
}
