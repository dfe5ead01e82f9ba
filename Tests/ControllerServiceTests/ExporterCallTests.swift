import ControllerService
import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import Testing

@Suite("What exporters call", .timeLimit(.minutes(3)))
struct ExporterCallTests {
    private func stored(_ exporter: TestCaller, in controller: TestController) async throws -> Exporter {
        try await controller.store.get(Exporter.self, exporter.key)
    }

    @Test("Register answers the uid, replaces the exporter's own labels and keeps the administrator's")
    func register() async throws {
        try await withController { controller in
            let labels = ["board": "rpi", "jumpstarter.dev/old": "1"]
            let board = try await controller.addExporter(labels: labels)
            let request = Jumpstarter_V1_RegisterRequest.with {
                $0.labels = ["jumpstarter.dev/name": "board", "jumpstarter.dev/client": "a.b.C", "mine": "no"]
                $0.reports = [
                    .with {
                        $0.uuid = "1"
                        $0.labels = ["jumpstarter.dev/client": "x.Y"]
                    },
                    .with {
                        $0.uuid = "2"
                        $0.parentUuid = "1"
                    },
                ]
            }
            let uuid = try await controller.controller.register(request, metadata: board.metadata).uuid
            let exporter = try await stored(board, in: controller)
            #expect(uuid == exporter.metadata.uid)
            let expected = ["board": "rpi", "jumpstarter.dev/name": "board", "jumpstarter.dev/client": "a.b.C"]
            #expect(exporter.metadata.labels == expected)
            #expect(exporter.status.devices.map(\.uuid) == ["1", "2"])
            #expect(exporter.status.devices.map(\.parentUUID) == [nil, "1"])
            #expect(exporter.isRegistered && exporter.isOnline)
        }
    }

    @Test("a label that is none is INVALID_ARGUMENT with its key, and nothing is registered")
    func badLabels() async throws {
        try await withController { controller in
            let board = try await controller.addExporter()
            for (key, value) in [
                ("jumpstarter.dev/name", "a b"), ("jumpstarter.dev/a/b", "1"), ("", "1"),
                ("jumpstarter.dev/name", String(repeating: "v", count: 1_000_000)),
            ] {
                await expectRefusal(.invalidArgument, "labels[\(key)]: ") {
                    try await controller.controller.register(
                        .with { $0.labels = [key: value] },
                        metadata: board.metadata
                    )
                }
            }
            let exporter = try await stored(board, in: controller)
            #expect(!exporter.isRegistered)
            #expect(exporter.metadata.labels == ["board": "rpi"])
        }
    }

    @Test("Unregister makes it offline at once, with the reason")
    func unregister() async throws {
        try await withController { controller in
            let board = try await controller.addAvailableExporter()
            let request = Jumpstarter_V1_UnregisterRequest.with { $0.reason = "maintenance" }
            _ = try await controller.controller.unregister(request, metadata: board.metadata)
            let exporter = try await stored(board, in: controller)
            #expect(!exporter.isRegistered && !exporter.isOnline)
            #expect(exporter.status.exporterStatus == .offline)
            #expect(exporter.status.statusMessage?.contains("maintenance") == true)
            #expect(exporter.status.devices.isEmpty)
        }
    }

    @Test("ReportStatus stores state and message; a number that nobody knows is INVALID_ARGUMENT")
    func reportStatus() async throws {
        try await withController { controller in
            let board = try await controller.addAvailableExporter()
            for (sent, expected) in [
                (.beforeLeaseHook, .beforeLeaseHook), (.leaseReady, .leaseReady), (.afterLeaseHook, .afterLeaseHook),
                (.beforeLeaseHookFailed, .beforeLeaseHookFailed), (.afterLeaseHookFailed, .afterLeaseHookFailed),
                (.available, .available), (.offline, .offline), (.unspecified, .unspecified),
            ] as [(Jumpstarter_V1_ExporterStatus, ExporterState)] {
                try await controller.report(sent, message: "because", by: board)
                let status = try await stored(board, in: controller).status
                #expect(status.exporterStatus == expected)
                #expect(status.statusMessage == "because")
            }
            await expectRefusal(.invalidArgument, "status: ", "99") {
                try await controller.report(.UNRECOGNIZED(99), by: board)
            }
        }
    }

    @Test("ReportStatus with release_lease ends the lease that it holds")
    func releaseByStatus() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            try await controller.report(.available, releaseLease: true, by: board)
            #expect(try await controller.lease("mine", as: alice).conditions.last?.reason == "Released")
            #expect(try await stored(board, in: controller).status.leaseRef == nil)
        }
    }

    @Test("the Status stream tells the present state, then each lease and its end, never the same twice")
    func status() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let bob = try await controller.addClient("bob")
            let board = try await controller.addAvailableExporter()
            try await controller.watchingStatus(of: board) { messages in
                let first = try #require(try await messages.next())
                #expect(!first.leased && !first.hasLeaseName && !first.hasClientName && first.context.isEmpty)
                _ = try await controller.createLease("mine", for: alice) { $0.context = ["run": "7"] }
                let leased = try #require(try await messages.next())
                #expect(leased.leased && leased.leaseName == "mine" && leased.clientName == "alice")
                #expect(leased.context == ["run": "7"])
                try await controller.report(.leaseReady, by: board)
                _ = try await controller.updateLease("mine", as: alice) { $0.client = bob.resourceName }
                let handed = try #require(try await messages.next())
                #expect(handed.leaseName == "mine" && handed.clientName == "bob")
                try await controller.deleteLease("mine", as: bob)
                let last = try #require(try await messages.next())
                #expect(!last.leased && !last.hasLeaseName)
            }
        }
    }

    @Test("two Status streams of one exporter are both told")
    func twoStreams() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter()
            try await controller.watchingStatus(of: board) { one in
                _ = try await one.next()
                try await controller.watchingStatus(of: board) { other in
                    _ = try await other.next()
                    _ = try await controller.createLease("mine", for: alice)
                    #expect(try await other.next()?.leaseName == "mine")
                }
                #expect(try await one.next()?.leaseName == "mine")
            }
        }
    }

    @Test("ReleaseLease by the exporter that holds the lease ends it, again and again")
    func release() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter()
            let other = try await controller.addAvailableExporter("other", labels: ["board": "x86"])
            _ = try await controller.createLease("mine", for: alice)
            for name in ["mine", "none", "", "Not A Name", String(repeating: "n", count: 1000)] {
                await expectRefusal(.failedPrecondition, "is not held by exporter other") {
                    try await controller.releaseLease(name, as: other)
                }
            }
            #expect(try await controller.lease("mine", as: alice).conditions.last?.status == "True")
            try await controller.releaseLease("mine", as: board)
            try await controller.releaseLease("mine", as: board)
            let lease = try await controller.lease("mine", as: alice)
            #expect(lease.conditions.last?.reason == "Released")
        }
    }

    @Test("ReleaseLease by its client is idempotent, by another PERMISSION_DENIED, of none NOT_FOUND")
    func releaseByClient() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            try await controller.releaseLease("mine", as: alice)
            let ended = try await controller.lease("mine", as: alice)
            controller.time.advance(bySeconds: 50)
            try await controller.releaseLease("mine", as: alice)
            #expect(try await controller.lease("mine", as: alice) == ended)
            await expectRefusal(.notFound, "\"none\"") { try await controller.releaseLease("none", as: alice) }
            await expectRefusal(.invalidArgument, "name: ", "required") {
                try await controller.releaseLease("", as: alice)
            }
            await expectRefusal(.invalidArgument, "name: ") { try await controller.releaseLease("A/b", as: alice) }
        }
    }

    @Test("RequestLease, GetLease: a client of the old calls gets its lease")
    func oldCalls() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter()
            let calls = controller.controller
            let request = Jumpstarter_V1_RequestLeaseRequest.with {
                $0.duration = .init(seconds: 60, nanos: 0)
                $0.selector.matchLabels = ["board": "rpi"]
                $0.selector.matchExpressions = [
                    .with {
                        $0.key = "board"
                        $0.operator = "NotIn"
                        $0.values = ["x86"]
                    }
                ]
            }
            let name = try await calls.requestLease(request, metadata: alice.metadata).name
            let lease = try await calls.getLease(.with { $0.name = name }, metadata: alice.metadata)
            #expect(lease.duration == request.duration)
            #expect(lease.selector == request.selector)
            #expect(lease.exporterUuid == (try await stored(board, in: controller).metadata.uid))
            #expect(lease.beginTime.seconds == Int64(controller.time.now().timeIntervalSince1970))
            #expect(lease.conditions.last?.type == "Ready")
            #expect(try await calls.listLeases(.init(), metadata: alice.metadata).names == [name])
            await expectRefusal(.notFound, "\"none\"") {
                try await calls.getLease(.with { $0.name = "none" }, metadata: alice.metadata)
            }
            await expectRefusal(.invalidArgument, "name: ") {
                try await calls.getLease(.init(), metadata: alice.metadata)
            }
        }
    }

    @Test("a RequestLease that makes no sense is INVALID_ARGUMENT with its field, and leaves nothing behind")
    func badRequests() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            for (field, change) in [
                ("selector: ", { $0.selector = .init() }),
                ("duration: ", { $0.duration = .init() }),
                ("duration: ", { $0.duration = .init(seconds: .max, nanos: 0) }),
                (
                    "selector.match_expressions[0].operator: ",
                    {
                        $0.selector.matchExpressions = [
                            .with {
                                $0.key = "a"
                                $0.operator = "Near"
                            }
                        ]
                    }
                ),
                ("selector", { $0.selector.matchLabels = ["a b": "c"] }),
                ("selector", { $0.selector.matchLabels = ["a": "b c"] }),
            ] as [(String, (inout Jumpstarter_V1_RequestLeaseRequest) -> Void)] {
                var request = Jumpstarter_V1_RequestLeaseRequest.with {
                    $0.duration = .init(seconds: 60, nanos: 0)
                    $0.selector.matchLabels = ["board": "rpi"]
                }
                change(&request)
                await expectRefusal(.invalidArgument, field) {
                    try await controller.controller.requestLease(request, metadata: alice.metadata)
                }
            }
            #expect(try await controller.storedLeaseCount() == 0)
        }
    }

    @Test("GetServiceEndpoints tells where logs go, or nothing without telemetry")
    func serviceEndpoints() async throws {
        var options = ControllerOptions()
        options.telemetry = [.init(endpoint: "logs.example:1", certificate: "PEM", minimumSeverity: "warning")]
        try await withController(options) { controller in
            let board = try await controller.addExporter()
            let response = try await controller.controller.getServiceEndpoints(.init(), metadata: board.metadata)
            let endpoint = try #require(response.telemetryEndpoints.first)
            #expect(response.telemetryEndpoints.count == 1)
            #expect(endpoint.endpoint == "logs.example:1")
            #expect(endpoint.certificate == "PEM")
            #expect(endpoint.minSeverity == "warning")
        }
        try await withController { controller in
            let board = try await controller.addExporter()
            let response = try await controller.controller.getServiceEndpoints(.init(), metadata: board.metadata)
            #expect(response.telemetryEndpoints.isEmpty)
        }
    }
}
