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
            let exporter = try await controller.stored(board)
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
            let exporter = try await controller.stored(board)
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
            let exporter = try await controller.stored(board)
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
                let status = try await controller.stored(board).status
                #expect(status.exporterStatus == expected)
                #expect(status.statusMessage == "because")
            }
            await expectRefusal(.invalidArgument, "status: ", "99") {
                try await controller.report(.UNRECOGNIZED(99), by: board)
            }
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
