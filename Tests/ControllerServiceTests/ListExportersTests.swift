import ControllerService
import Foundation
import GRPCCore
import JumpstarterProtocol
import SwiftProtobuf
import Testing

@Suite("Lists of exporters", .timeLimit(.minutes(3)))
struct ListExportersTests {
    private typealias ExportersRequest = Jumpstarter_Client_V1_ListExportersRequest

    private func exporters(
        of controller: TestController,
        as caller: TestCaller,
        _ change: (inout Jumpstarter_Client_V1_ListExportersRequest) -> Void = { _ in }
    ) async throws -> Jumpstarter_Client_V1_ListExportersResponse {
        let request = ExportersRequest.with {
            $0.parent = "namespaces/\(caller.namespace)"
            change(&$0)
        }
        return try await controller.clients.listExporters(request, metadata: caller.metadata)
    }

    @Test("exporters are shown with state, filtered by label, page by page")
    func listExporters() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter("a-board")
            _ = try await controller.addExporter("b-board", labels: ["board": "x86"], isEnabled: false)
            try await controller.report(.leaseReady, message: "all set", by: board)
            let all = try await exporters(of: controller, as: alice)
            #expect(
                all.exporters.map(\.name) == ["namespaces/lab/exporters/a-board", "namespaces/lab/exporters/b-board"]
            )
            let first = try #require(all.exporters.first)
            #expect(first.online && first.enabled && first.status == .leaseReady && first.statusMessage == "all set")
            #expect(first.labels == ["board": "rpi"])
            let second = try #require(all.exporters.last)
            #expect(!second.online && !second.enabled && second.hasEnabled && second.status == .unspecified)
            let filtered = try await exporters(of: controller, as: alice) { $0.filter = "board=x86" }
            #expect(filtered.exporters == [second])
            let page = try await exporters(of: controller, as: alice) { $0.pageSize = 1 }
            #expect(page.exporters == [first])
            let rest = try await exporters(of: controller, as: alice) { $0.pageToken = page.nextPageToken }
            #expect(rest.exporters == [second])
            #expect(rest.nextPageToken.isEmpty)
            let one = try await controller.clients.getExporter(
                .with { $0.name = second.name },
                metadata: alice.metadata
            )
            #expect(one == second)
            await expectRefusal(.notFound, "\"none\"") {
                let request = Jumpstarter_Client_V1_GetExporterRequest.with {
                    $0.name = "namespaces/lab/exporters/none"
                }
                return try await controller.clients.getExporter(request, metadata: alice.metadata)
            }
            await expectRefusal(.invalidArgument, "filter: ") {
                try await exporters(of: controller, as: alice) { $0.filter = "=" }
            }
        }
    }

    @Test("hidden and deprecated labels are left out unless asked for; deprecated ones are told of")
    func labels() async throws {
        var options = ControllerOptions()
        options.labels = LabelPresentation(hidden: ["secret"], deprecated: ["old": "use board"])
        try await withController(options) { controller in
            let alice = try await controller.addClient()
            let labels = ["secret": "1", "old": "2", "board": "rpi"]
            let board = try await controller.addExporter(labels: labels)
            for showHidden in [false, true] {
                let list = try await exporters(of: controller, as: alice) { $0.showHiddenLabels = showHidden }
                let request = Jumpstarter_Client_V1_GetExporterRequest.with {
                    $0.name = board.resourceName
                    $0.showHiddenLabels = showHidden
                }
                let one = try await controller.clients.getExporter(request, metadata: alice.metadata)
                #expect(list.exporters == [one])
                #expect(one.labels == (showHidden ? labels : ["board": "rpi"]))
                #expect(one.deprecatedLabels == ["old": "use board"])
            }
            let lease = try await controller.createLease(for: alice) { $0.selector = "board=rpi,old in (2,3)" }
            #expect(lease.deprecatedLabels == ["old": "use board"])
            #expect(try await controller.createLease(for: alice).deprecatedLabels.isEmpty)
        }
    }

    @Test("a negative page size and a made-up page token are INVALID_ARGUMENT with their field")
    func badPages() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            await expectRefusal(.invalidArgument, "page_size: ", "-1") {
                try await controller.leaseNames(as: alice) { $0.pageSize = -1 }
            }
            await expectRefusal(.invalidArgument, "page_size: ") {
                try await exporters(of: controller, as: alice) { $0.pageSize = .min }
            }
            for token in ["garbage", "e30", "///", "eyJ2IjoxfQ"] {
                await expectRefusal(.invalidArgument, "page_token: ") {
                    try await controller.leaseNames(as: alice) { $0.pageToken = token }
                }
                await expectRefusal(.invalidArgument, "page_token: ") {
                    try await exporters(of: controller, as: alice) { $0.pageToken = token }
                }
            }
        }
    }
}
