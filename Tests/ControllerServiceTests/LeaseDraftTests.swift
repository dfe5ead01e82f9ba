import GRPCCore
import JumpstarterProtocol
import Resources
import SwiftProtobuf
import Testing

@testable import ControllerService

@Suite("The lease that CreateLease asks for")
struct LeaseDraftTests {
    private typealias Request = Jumpstarter_Client_V1_CreateLeaseRequest

    private static let now = Timestamp(seconds: 1_769_846_400)

    private func draft(maximumTags: Int = 10, _ change: (inout Request) -> Void) throws -> Lease {
        let request = Request.with {
            $0.leaseID = "mine"
            $0.lease.selector = "board=rpi"
            $0.lease.duration = .init(seconds: 3600, nanos: 0)
            change(&$0)
        }
        return try LeaseDraft(maximumTags: maximumTags, now: Self.now).lease(
            from: request,
            for: Client(metadata: ObjectMeta(name: "alice", namespace: "lab"))
        )
    }

    @Test("every field goes into the specification")
    func takesEverything() throws {
        let begin = Self.now.seconds + 600
        let lease = try draft { request in
            request.lease.exporterName = "board-1"
            request.lease.allowDisabled = true
            request.lease.client = "namespaces/lab/clients/alice"
            request.lease.beginTime = .init(seconds: begin, nanos: 999)
            request.lease.endTime = .init(seconds: begin + 3600, nanos: 0)
            request.lease.tags = ["job": "1"]
            request.lease.context = ["run": "any text / at all"]
        }
        #expect(lease.key == ObjectKey(namespace: "lab", name: "mine"))
        #expect(lease.spec.clientRef.name == "alice")
        #expect(lease.spec.selector.matchLabels == ["board": "rpi"])
        #expect(lease.spec.exporterRef?.name == "board-1")
        #expect(lease.spec.allowDisabled)
        #expect(lease.spec.beginTime == Timestamp(seconds: begin))
        #expect(lease.spec.endTime == Timestamp(seconds: begin + 3600))
        #expect(lease.spec.duration == GoDuration(seconds: 3600))
        #expect(lease.spec.tags == ["job": "1"])
        #expect(lease.spec.context == ["run": "any text / at all"])
        #expect(!lease.spec.release)
    }

    @Test("an end and a duration begin at the end minus the duration")
    func beginsBeforeItsEnd() throws {
        let end = Self.now.seconds + 7200
        let lease = try draft { $0.lease.endTime = .init(seconds: end, nanos: 0) }
        #expect(lease.spec.beginTime == Timestamp(seconds: end - 3600))
    }

    @Test("exporter_name alone is enough")
    func pinned() throws {
        let lease = try draft {
            $0.lease.selector = ""
            $0.lease.exporterName = "board-1"
        }
        #expect(lease.spec.selector.isEmpty)
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var field: String
        var word: String
        var change: @Sendable (inout Jumpstarter_Client_V1_CreateLeaseRequest) -> Void
        var testDescription: String { "\(field): \(word)" }

        init(
            _ field: String,
            _ word: String = "",
            _ change: @escaping @Sendable (inout Jumpstarter_Client_V1_CreateLeaseRequest) -> Void
        ) {
            self.field = field
            self.word = word
            self.change = change
        }
    }

    private static let second = Google_Protobuf_Duration(seconds: 1, nanos: 0)

    static let refusals: [Refusal] = [
        .init("lease", "required") { $0.clearLease() },
        .init("lease_id", "RFC 1123") { $0.leaseID = "Not A Name" },
        .init("lease_id", "253") { $0.leaseID = String(repeating: "a", count: 254) },
        .init("lease.selector", "required") { $0.lease.selector = "" },
        .init("lease.selector", "stopped before") { $0.lease.selector = "board=" + "a b" },
        .init("lease.selector", "cannot equal both") { $0.lease.selector = "board=a,board=b" },
        .init("lease.selector", "63") { $0.lease.selector = "a=" + String(repeating: "v", count: 64) },
        .init("lease.exporter_name", "RFC 1123") { $0.lease.exporterName = "Board" },
        .init("lease.exporter_name", "253") { $0.lease.exporterName = String(repeating: "b", count: 254) },
        .init("lease.allow_disabled", "exporter_name") { $0.lease.allowDisabled = true },
        .init("lease.duration", "required") { $0.lease.clearDuration() },
        .init("lease.duration", "positive") { $0.lease.duration = .init() },
        .init("lease.duration", "positive") { $0.lease.duration = .init(seconds: -1, nanos: 0) },
        .init("lease.duration", "too long") { $0.lease.duration = .init(seconds: .max, nanos: 0) },
        .init("lease.duration", "too long") { $0.lease.duration = .init(seconds: .min, nanos: -1) },
        .init("lease.duration", "begin_time") {
            $0.lease.clearDuration()
            $0.lease.endTime = .init(seconds: now.seconds + 60, nanos: 0)
        },
        .init("lease.duration", "agree") {
            $0.lease.beginTime = .init(seconds: now.seconds, nanos: 0)
            $0.lease.endTime = .init(seconds: now.seconds + 60, nanos: 0)
        },
        .init("lease.end_time", "after") {
            $0.lease.clearDuration()
            $0.lease.beginTime = .init(seconds: now.seconds + 60, nanos: 0)
            $0.lease.endTime = .init(seconds: now.seconds + 60, nanos: 0)
        },
        .init("lease.end_time", "past") { $0.lease.endTime = .init(seconds: now.seconds, nanos: 0) },
        .init("lease.begin_time", "past") { $0.lease.beginTime = .init(seconds: now.seconds - 3600, nanos: 0) },
        .init("lease.begin_time", "0001-01-01") { $0.lease.beginTime = .init(seconds: .max, nanos: 0) },
        .init("lease.begin_time", "0001-01-01") {
            $0.lease.clearDuration()
            $0.lease.beginTime = .init(seconds: .min, nanos: 0)
            $0.lease.endTime = .init(seconds: .max, nanos: 0)
        },
        .init("lease.tags", "at most 10") { request in
            for index in 0..<11 { request.lease.tags["tag\(index)"] = "1" }
        },
        .init("lease.tags[a/b]", "slash") { $0.lease.tags = ["a/b": "1"] },
        .init("lease.tags[]", "1 to 63") { $0.lease.tags = ["": "1"] },
        .init("lease.tags[jumpstarter.dev]", "reserved") { $0.lease.tags = ["jumpstarter.dev": "1"] },
        .init("lease.tags[job]", "label value") { $0.lease.tags = ["job": "a b"] },
        .init("lease.tags[job]", "63") { $0.lease.tags = ["job": String(repeating: "v", count: 64)] },
        .init("lease.context", "at most 8") { request in
            for index in 0..<9 { request.lease.context["key\(index)"] = "1" }
        },
        .init("lease.context", "1 to 32") { $0.lease.context = [String(repeating: "k", count: 33): "1"] },
        .init("lease.context", "1 to 32") { $0.lease.context = ["": "1"] },
        .init("lease.context[run]", "64") { $0.lease.context = ["run": String(repeating: "v", count: 65)] },
    ]

    @Test("what is wrong is refused with the path of its field", arguments: refusals)
    func refuses(_ refusal: Refusal) throws {
        let error = #expect(throws: ServiceError.self) { try draft { refusal.change(&$0) } }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasPrefix(refusal.field + ": ") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(refusal.word) == true, "\(error?.message ?? "")")
    }

    @Test(
        "a lease for somebody else is PERMISSION_DENIED",
        arguments: ["namespaces/lab/clients/bob", "namespaces/other/clients/alice", "alice"]
    )
    func refusesAnotherClient(name: String) throws {
        let error = #expect(throws: ServiceError.self) { try draft { $0.lease.client = name } }
        #expect(error?.code == .permissionDenied)
        #expect(error?.message.hasPrefix("lease.client: ") == true)
    }

    @Test("the limits themselves are accepted")
    func acceptsTheLimits() throws {
        let lease = try draft(maximumTags: 2) { request in
            request.leaseID = String(repeating: "a", count: 253)
            request.lease.tags = [String(repeating: "k", count: 63): String(repeating: "v", count: 63), "b": ""]
            for index in 0..<8 {
                let key = "\(index)" + String(repeating: "k", count: 31)
                request.lease.context[key] = String(repeating: "ü", count: 64)
            }
        }
        #expect(lease.spec.context.count == 8)
        #expect(throws: ServiceError.self) {
            try draft(maximumTags: 2) { $0.lease.tags = ["a": "", "b": "", "c": ""] }
        }
    }
}
