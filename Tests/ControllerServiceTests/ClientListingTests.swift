import ControllerService
import Foundation
import GRPCCore
import JumpstarterProtocol
import SwiftProtobuf
import Testing

@Suite("Lists of leases and exporters", .timeLimit(.minutes(3)))
struct ClientListingTests {
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

    @Test("ListLeases shows active leases of every client of the namespace, all with only_active false")
    func onlyActive() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let bob = try await controller.addClient("bob")
            let stranger = try await controller.addClient("eve", namespace: "other")
            _ = try await controller.addExporter()
            for id in ["a", "b"] { _ = try await controller.createLease(id, for: alice) }
            _ = try await controller.createLease("c", for: bob)
            try await controller.deleteLease("b", as: alice)
            #expect(try await controller.leaseNames(as: alice) == ["a", "c"])
            #expect(try await controller.leaseNames(as: alice) { $0.onlyActive = true } == ["a", "c"])
            #expect(try await controller.leaseNames(as: alice) { $0.onlyActive = false } == ["a", "b", "c"])
            #expect(try await controller.leaseNames(as: stranger) == [])
            let names = try await controller.controller.listLeases(.init(), metadata: alice.metadata).names
            #expect(names == ["a"])
        }
    }

    @Test("filter looks at labels, tag_filter at tags, both together at both")
    func filters() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            for (id, board, tags) in [
                ("a", "rpi", ["job": "1", "team": "x"]), ("b", "rpi", ["job": "2"]), ("c", "x86", ["job": "1"]),
                ("d", "x86", [:]),
            ] {
                _ = try await controller.addExporter("exporter-\(id)", labels: ["board": board])
                _ = try await controller.createLease(id, for: alice) {
                    $0.selector = "board=\(board)"
                    $0.tags = tags
                }
            }
            for (filter, tagFilter, expected) in [
                ("board=rpi", "", ["a", "b"]), ("board!=rpi", "", ["c", "d"]), ("", "job=1", ["a", "c"]),
                ("", "job in (1,2)", ["a", "b", "c"]), ("", "!job", ["d"]), ("", "job,team!=x", ["b", "c"]),
                ("board=rpi", "job=1", ["a"]), ("board=arm", "", []), ("", "job=1,team=x", ["a"]),
            ] as [(String, String, [String])] {
                let names = try await controller.leaseNames(as: alice) {
                    $0.filter = filter
                    $0.tagFilter = tagFilter
                }
                #expect(names == expected, "\(filter) | \(tagFilter)")
            }
            await expectRefusal(.invalidArgument, "filter: ", "stopped before") {
                try await controller.leaseNames(as: alice) { $0.filter = "board rpi" }
            }
            await expectRefusal(.invalidArgument, "tag_filter: ", "cannot equal both") {
                try await controller.leaseNames(as: alice) { $0.tagFilter = "job=1,job=2" }
            }
            await expectRefusal(.invalidArgument, "tag_filter: ", "slash") {
                try await controller.leaseNames(as: alice) { $0.tagFilter = "a/job=1" }
            }
        }
    }

    @Test("pages hold no lease twice and miss none, also when leases come and go in between")
    func paging() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addExporter()
            let ids = (0..<7).map { "lease-\($0)" }
            for id in ids { _ = try await controller.createLease(id, for: alice) }
            var seen: [String] = []
            var token = ""
            var pages = 0
            repeat {
                let request = Jumpstarter_Client_V1_ListLeasesRequest.with {
                    $0.parent = "namespaces/lab"
                    $0.pageSize = 3
                    $0.pageToken = token
                }
                let page = try await controller.clients.listLeases(request, metadata: alice.metadata)
                seen += page.leases.map { String($0.name.split(separator: "/").last ?? "") }
                token = page.nextPageToken
                pages += 1
                if pages == 1 {
                    _ = try await controller.createLease("lease-00", for: alice)
                    _ = try await controller.createLease("lease-9", for: alice)
                    try await controller.deleteLease("lease-5", as: alice)
                }
            } while !token.isEmpty
            #expect(pages == 3)
            #expect(seen == ids)
            #expect(try await controller.leaseNames(as: alice) { $0.pageSize = 1_000_000 }.count == 8)
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

    @Test("RotateToken gives a token that works, replaces the stored one, and says when it ends")
    func rotateToken() async throws {
        try await withController { controller in
            var alice = try await controller.addClient()
            // The lab knows a client once its own calls have been through it.
            try await controller.fixture.waitForCredential(of: alice)
            controller.time.advance(bySeconds: 86_400)
            let request = Jumpstarter_Client_V1_RotateTokenRequest.with { $0.parent = "namespaces/lab" }
            let response = try await controller.clients.rotateToken(request, metadata: alice.metadata)
            #expect(response.token != alice.token)
            let expected = Int64(controller.time.now().timeIntervalSince1970) + 365 * 86_400
            #expect(response.expiry.seconds == expected)
            alice.token = response.token
            #expect(try await controller.leaseNames(as: alice) == [])
            #expect(try await controller.fixture.storedToken(of: alice) == response.token)
        }
    }
}
