import GRPCCore
import JumpstarterProtocol
import Logging
import SwiftProtobuf
import Testing

@Suite("Logs of exporters", .timeLimit(.minutes(3)))
struct TelemetryTests {
    private func push(
        _ entries: [Jumpstarter_V1_LogEntry],
        to controller: TestController,
        as exporter: TestCaller
    ) async throws -> Jumpstarter_V1_PushLogsResponse {
        try await controller.telemetry.pushLogs(.with { $0.entries = entries }, metadata: exporter.metadata)
    }

    @Test("an entry is logged with exporter and namespace of the token, whatever it claims")
    func identity() async throws {
        let options = ControllerOptions()
        try await withController(options) { controller in
            let board = try await controller.addExporter()
            let entry = Jumpstarter_V1_LogEntry.with {
                $0.timestamp = .init(seconds: 1_769_846_400, nanos: 5)
                $0.severity = "WARNING"
                $0.message = "power lost"
                $0.component = "driver"
                $0.exporter = "somebody-else"
                $0.namespace = "elsewhere"
                $0.lease = "mine"
                $0.client = "alice"
                $0.operation = "on"
                $0.result = "failed"
                $0.driverType = "power"
                $0.extraFields = ["volts": "3.3", "exporter": "forged", "component": "forged", "logged_at": "forged"]
            }
            let response = try await push([entry], to: controller, as: board)
            #expect(response.accepted == 1 && response.dropped == 0)
            let line = try #require(options.logs.metadata(of: "power lost").first)
            #expect(line["exporter"] == "board")
            #expect(line["namespace"] == "lab")
            #expect(line["component"] == "driver")
            #expect(line["lease_id"] == "mine")
            #expect(line["client"] == "alice")
            #expect(line["operation"] == "on")
            #expect(line["result"] == "failed")
            #expect(line["driver_type"] == "power")
            #expect(line["volts"] == "3.3")
            #expect(line["logged_at"] == "2026-01-31T08:00:00Z")
            #expect(line["peer"]?.contains("127.0.0.1") == true)
            #expect(options.logs.levels(of: "power lost") == [.warning])
        }
    }

    @Test("extra fields do not take the place of named ones that are empty")
    func shadowing() async throws {
        let options = ControllerOptions()
        try await withController(options) { controller in
            let board = try await controller.addExporter()
            let names = ["component", "lease_id", "client", "operation", "result", "driver_type", "logged_at"]
            let entry = Jumpstarter_V1_LogEntry.with { entry in
                entry.message = "forging"
                for name in names { entry.extraFields[name] = "forged" }
                entry.extraFields["peer"] = "forged"
                entry.extraFields["exporter"] = "forged"
                entry.extraFields["namespace"] = "forged"
            }
            _ = try await push([entry], to: controller, as: board)
            let line = try #require(options.logs.metadata(of: "forging").first)
            #expect(!line.values.contains("forged"))
        }
    }

    @Test("a batch of more than 500 entries has the rest dropped")
    func batch() async throws {
        let options = ControllerOptions()
        try await withController(options) { controller in
            let board = try await controller.addExporter()
            let entries = (0..<501).map { number in Jumpstarter_V1_LogEntry.with { $0.message = "entry \(number)" } }
            let response = try await push(entries, to: controller, as: board)
            #expect(response.accepted == 500 && response.dropped == 1)
            #expect(options.logs.metadata(of: "entry 499").count == 1)
            #expect(options.logs.metadata(of: "entry 500").isEmpty)
            let empty = try await push([], to: controller, as: board)
            #expect(empty.accepted == 0 && empty.dropped == 0)
        }
    }

    @Test("at most 16 extra fields, keys of 64 and values of 256 characters get through")
    func limits() async throws {
        let options = ControllerOptions()
        try await withController(options) { controller in
            let board = try await controller.addExporter()
            let entry = Jumpstarter_V1_LogEntry.with { entry in
                entry.message = "long"
                entry.component = String(repeating: "c", count: 10_000)
                for index in 0..<20 {
                    entry.extraFields["x\(index + 100)" + String(repeating: "k", count: 100)] = String(
                        repeating: "v",
                        count: 1000
                    )
                }
            }
            _ = try await push([entry], to: controller, as: board)
            let line = try #require(options.logs.metadata(of: "long").first)
            let extra = line.filter { $0.key.hasPrefix("x1") }
            #expect(extra.count == 16)
            #expect(extra.allSatisfy { $0.key.count == 64 && $0.value.count == 256 })
            #expect(line["component"]?.count == 256)
        }
    }

    @Test("a time that is none is left out", arguments: [Int64.min, -62_135_596_801, 253_402_300_800, .max])
    func impossibleTime(seconds: Int64) async throws {
        let options = ControllerOptions()
        try await withController(options) { controller in
            let board = try await controller.addExporter()
            let entry = Jumpstarter_V1_LogEntry.with {
                $0.message = "when"
                $0.timestamp = .init(seconds: seconds, nanos: 0)
            }
            #expect(try await push([entry], to: controller, as: board).accepted == 1)
            #expect(options.logs.metadata(of: "when").first?["logged_at"] == nil)
        }
    }

    @Test("severities become levels")
    func severities() async throws {
        let options = ControllerOptions()
        try await withController(options) { controller in
            let board = try await controller.addExporter()
            let severities = ["trace", "debug", "info", "warn", "error", "critical", "fatal", "", "odd"]
            let entries = severities.map { severity in
                Jumpstarter_V1_LogEntry.with {
                    $0.message = "one"
                    $0.severity = severity
                }
            }
            _ = try await push(entries, to: controller, as: board)
            let levels = options.logs.levels(of: "one")
            #expect(levels == [.trace, .debug, .info, .warning, .error, .critical, .critical, .info, .info])
        }
    }

    @Test("without telemetry in the configuration it is FAILED_PRECONDITION")
    func disabled() async throws {
        var options = ControllerOptions()
        options.isTelemetryEnabled = false
        try await withController(options) { controller in
            let board = try await controller.addExporter()
            await expectRefusal(.failedPrecondition, "telemetry.enabled") {
                try await push([], to: controller, as: board)
            }
        }
    }
}
