import ControllerService
import Foundation
import GRPCCore
import JumpstarterProtocol
import SwiftProtobuf
import Testing

@Suite("Lists of leases", .timeLimit(.minutes(3)))
struct ListLeasesTests {
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
}
