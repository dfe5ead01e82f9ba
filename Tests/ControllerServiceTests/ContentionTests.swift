import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import Testing

@Suite("Many callers at once", .timeLimit(.minutes(3)))
struct ContentionTests {
    @Test("of many who ask for one exporter exactly one has it, and each in turn gets it")
    func oneExporter() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let board = try await controller.addAvailableExporter()
            let ids = (0..<12).map { "lease-\($0)" }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in ids { group.addTask { _ = try await controller.createLease(id, for: alice) } }
                try await group.waitForAll()
            }
            var served: [String] = []
            while served.count < ids.count {
                let lease = try await nextHolder(of: board, after: served.last, in: controller)
                #expect(try await holders(of: board, in: controller) == [lease])
                served.append(lease)
                try await controller.releaseLease(lease, as: board)
                try await controller.report(.available, by: board)
            }
            #expect(Set(served) == Set(ids))
        }
    }

    @Test("of many who create a lease of one name exactly one has it")
    func oneName() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addExporter()
            let codes = await withTaskGroup(of: RPCError.Code?.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        do {
                            _ = try await controller.createLease("mine", for: alice)
                            return nil
                        } catch let error as RPCError {
                            return error.code
                        } catch {
                            return .unknown
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.count { $0 == nil } == 1)
            #expect(codes.count { $0 == .alreadyExists } == 9)
        }
    }

    @Test("of many who delete a lease exactly one does, the others are FAILED_PRECONDITION")
    func oneDeletion() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            _ = try await controller.addAvailableExporter()
            _ = try await controller.createLease("mine", for: alice)
            let codes = await withTaskGroup(of: RPCError.Code?.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        do {
                            try await controller.deleteLease("mine", as: alice)
                            return nil
                        } catch let error as RPCError {
                            return error.code
                        } catch {
                            return .unknown
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.count { $0 == nil } == 1)
            #expect(codes.count { $0 == .failedPrecondition } == 9)
        }
    }

    /// The lease that has the exporter, once that is another than before.
    private func nextHolder(
        of exporter: TestCaller,
        after before: String?,
        in controller: TestController
    ) async throws -> String {
        for try await event in try await controller.store.watch(.exporters, namespace: nil, options: WatchOptions()) {
            switch event {
            case .added(let object), .modified(let object):
                let holder = try object.decoded(as: Exporter.self).status.leaseRef?.name
                if let holder, holder != before { return holder }
            case .deleted, .bookmark: continue
            }
        }
        throw CancellationError()
    }

    /// The leases that are not over and name the exporter.
    private func holders(of exporter: TestCaller, in controller: TestController) async throws -> [String] {
        let leases: [Lease] = try await controller.store.list(Lease.self, namespace: nil).items
        return leases.filter { !$0.status.ended && $0.status.exporterRef?.name == exporter.name }.map(\.metadata.name)
    }
}
