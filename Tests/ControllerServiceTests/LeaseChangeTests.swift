import GRPCCore
import JumpstarterProtocol
import Resources
import SwiftProtobuf
import Testing

@testable import ControllerService

@Suite("The change that UpdateLease asks for")
struct LeaseChangeTests {
    private typealias Request = Jumpstarter_Client_V1_UpdateLeaseRequest

    private static let start = Timestamp(seconds: 1_769_846_400)

    private static func lease(
        assigned: Bool = true,
        ended: Bool = false,
        _ change: (inout Lease) -> Void = { _ in }
    ) -> Lease {
        var lease = Lease(
            metadata: ObjectMeta(name: "mine", namespace: "lab"),
            spec: .init(
                clientRef: .init(name: "alice"),
                duration: GoDuration(seconds: 3600),
                selector: LabelSelector(matchLabels: ["board": "rpi"])
            )
        )
        if assigned {
            lease.status.exporterRef = .init(name: "board")
            lease.status.beginTime = start
        }
        lease.status.ended = ended
        change(&lease)
        return lease
    }

    private func change(paths: [String] = [], _ fill: (inout Jumpstarter_Client_V1_Lease) -> Void) throws -> LeaseChange
    {
        let request = Request.with {
            if !paths.isEmpty { $0.updateMask.paths = paths }
            fill(&$0.lease)
        }
        return try LeaseChange(request, namespace: "lab")
    }

    @Test("without a mask, and with *, what is set is changed", arguments: [[], ["*"]])
    func withoutMask(paths: [String]) throws {
        let change = try change(paths: paths) {
            $0.duration = .init(seconds: 7200, nanos: 0)
            $0.client = "namespaces/lab/clients/bob"
        }
        var lease = Self.lease()
        try change.apply(to: &lease)
        #expect(lease.spec.duration == GoDuration(seconds: 7200))
        #expect(lease.spec.clientRef.name == "bob")
        #expect(change.client == ObjectKey(namespace: "lab", name: "bob"))
    }

    @Test("with a mask only what it names is changed")
    func withMask() throws {
        let change = try change(paths: ["duration"]) {
            $0.duration = .init(seconds: 7200, nanos: 0)
            $0.client = "namespaces/lab/clients/bob"
        }
        var lease = Self.lease()
        try change.apply(to: &lease)
        #expect(lease.spec.clientRef.name == "alice")
        #expect(change.client == nil)
    }

    @Test("a new end of a running lease changes its duration")
    func endTime() throws {
        let change = try change { $0.endTime = .init(seconds: Self.start.seconds + 60, nanos: 0) }
        var lease = Self.lease()
        try change.apply(to: &lease)
        #expect(lease.spec.duration == GoDuration(seconds: 60))
        #expect(lease.spec.endTime == Timestamp(seconds: Self.start.seconds + 60))
    }

    @Test("a lease that waits can begin at another time")
    func beginTime() throws {
        let begin = Self.start.seconds + 600
        let change = try change { $0.beginTime = .init(seconds: begin, nanos: 0) }
        var lease = Self.lease(assigned: false)
        try change.apply(to: &lease)
        #expect(lease.spec.beginTime == Timestamp(seconds: begin))
        #expect(lease.spec.duration == GoDuration(seconds: 3600))
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var field: String
        var word: String
        var paths: [String]
        var fill: @Sendable (inout Jumpstarter_Client_V1_Lease) -> Void
        var testDescription: String { "\(field): \(word) \(paths)" }

        init(
            _ field: String,
            _ word: String,
            _ paths: [String] = [],
            _ fill: @escaping @Sendable (inout Jumpstarter_Client_V1_Lease) -> Void = { _ in }
        ) {
            self.field = field
            self.word = word
            self.paths = paths
            self.fill = fill
        }
    }

    static let refusals: [Refusal] = [
        .init("update_mask", "nothing to change"),
        .init("update_mask", "nothing to change", ["*"]),
        .init("update_mask", "\"selector\" cannot be changed", ["duration", "selector"]) {
            $0.duration = .init(seconds: 1, nanos: 0)
        },
        .init("update_mask", "cannot be changed", [String(repeating: "x", count: 10_000)]),
        .init("lease.duration", "required", ["duration"]),
        .init("lease.begin_time", "required", ["begin_time"]),
        .init("lease.end_time", "required", ["end_time"]),
        .init("lease.client", "segments", ["client"]),
        .init("lease.client", "segments") { $0.client = "bob" },
        .init("lease.client", "segment 3") { $0.client = "namespaces/lab/exporters/bob" },
        .init("lease.client", "only to a client of \"lab\"") { $0.client = "namespaces/other/clients/bob" },
        .init("lease.duration", "too long") { $0.duration = .init(seconds: .max, nanos: 0) },
        .init("lease.begin_time", "0001-01-01") { $0.beginTime = .init(seconds: .min, nanos: 0) },
        .init("lease.end_time", "0001-01-01") { $0.endTime = .init(seconds: .max, nanos: 0) },
    ]

    @Test("what is wrong is refused with the path of its field", arguments: refusals)
    func refuses(_ refusal: Refusal) {
        do {
            _ = try change(paths: refusal.paths) { refusal.fill(&$0) }
            Issue.record("accepted")
        } catch {
            let status = RPCError(mapping: error)
            #expect(status.code == .invalidArgument)
            #expect(status.message.hasPrefix(refusal.field + ": "), "\(status.message)")
            #expect(status.message.contains(refusal.word), "\(status.message)")
        }
    }

    static let termRefusals: [Refusal] = [
        .init("lease.duration", "positive") { $0.duration = .init() },
        .init("lease.duration", "agree") {
            $0.duration = .init(seconds: 1, nanos: 0)
            $0.endTime = .init(seconds: start.seconds + 60, nanos: 0)
        },
        .init("lease.end_time", "after") { $0.endTime = .init(seconds: start.seconds, nanos: 0) },
    ]

    @Test("times that make no sense for the lease are refused", arguments: termRefusals)
    func refusesTimes(_ refusal: Refusal) throws {
        let change = try change { refusal.fill(&$0) }
        var lease = Self.lease()
        let error = #expect(throws: ServiceError.self) { try change.apply(to: &lease) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasPrefix(refusal.field + ": ") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(refusal.word) == true, "\(error?.message ?? "")")
        #expect(lease == Self.lease())
    }

    @Test("a lease that is over, or about to be, cannot be changed", arguments: [true, false])
    func refusesEnded(ended: Bool) throws {
        let change = try change { $0.duration = .init(seconds: 1, nanos: 0) }
        var lease = Self.lease(ended: ended) { $0.spec.release = !ended }
        let error = #expect(throws: ServiceError.self) { try change.apply(to: &lease) }
        #expect(error?.code == .failedPrecondition)
        #expect(error?.message.contains("has ended") == true)
    }

    @Test("a lease that has begun keeps its beginning")
    func refusesBeginTime() throws {
        let change = try change { $0.beginTime = .init(seconds: Self.start.seconds + 60, nanos: 0) }
        var lease = Self.lease()
        let error = #expect(throws: ServiceError.self) { try change.apply(to: &lease) }
        #expect(error?.code == .failedPrecondition)
        #expect(error?.message.hasPrefix("lease.begin_time: ") == true)
    }
}
