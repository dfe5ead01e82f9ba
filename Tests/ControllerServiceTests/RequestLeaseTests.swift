import ControllerService
import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import TestSupport
import Testing

@Suite("The calls of old clients", .timeLimit(.minutes(3)))
struct RequestLeaseTests {
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
            #expect(lease.exporterUuid == (try await controller.stored(board).metadata.uid))
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
}
