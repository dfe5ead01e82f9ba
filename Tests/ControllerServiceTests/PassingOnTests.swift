import Authentication
import ControllerService
import Foundation
import GRPCCore
import JumpstarterProtocol
import SwiftProtobuf
import Synchronization
import Testing
import Transport

@Suite("Passing calls on to the leader", .timeLimit(.minutes(3)))
struct PassingOnTests {
    private static let key = "a controller key for tests"

    @Test("a lease is made, changed and ended at the leader, with the caller's own rights")
    func leaseAtTheLeader() async throws {
        try await withFollower { follower, leader in
            let alice = try await follower.addClient()
            _ = try await follower.addAvailableExporter()
            let lease = try await follower.createLease("mine", for: alice)
            #expect(lease.exporter == "namespaces/lab/exporters/board")
            #expect(try await follower.lease("mine", as: alice) == lease)
            let mallory = try await follower.addClient("mallory")
            await expectRefusal(.permissionDenied, "belongs to another client") {
                try await follower.releaseLease("mine", as: mallory)
            }
            await expectRefusal(.alreadyExists, "choose another lease_id") {
                _ = try await follower.createLease("mine", for: alice)
            }
            try await follower.releaseLease("mine", as: alice)
            #expect(try await follower.lease("mine", as: alice).conditions.last?.reason == "Released")
            #expect(leader.served == ["CreateLease", "ReleaseLease", "CreateLease", "ReleaseLease"])
        }
    }

    @Test("whoever is no replica is refused at the internal port, and a call that it was passed is served here")
    func strangers() async throws {
        try await withFollower(credential: "another key") { follower, leader in
            let alice = try await follower.addClient()
            _ = try await follower.addAvailableExporter()
            let lease = try await follower.createLease("mine", for: alice)
            #expect(lease.exporter == "namespaces/lab/exporters/board")
            #expect(leader.served.isEmpty)
        }
    }

    @Test("a leader that is gone is not waited for")
    func gone() async throws {
        try await withFollower(port: 1) { follower, leader in
            let alice = try await follower.addClient()
            _ = try await follower.addAvailableExporter()
            _ = try await follower.createLease("mine", for: alice)
            try await follower.releaseLease("mine", as: alice)
            #expect(leader.served.isEmpty)
        }
    }

    @Test("a lease that the leader made or ended before it fell silent is neither made nor refused a second time")
    func silence() async throws {
        try await withFollower(isSilent: true) { follower, leader in
            let alice = try await follower.addClient()
            _ = try await follower.addAvailableExporter()
            let lease = try await follower.createLease("mine", for: alice)
            #expect(lease.exporter == "namespaces/lab/exporters/board")
            #expect(leader.served == ["CreateLease"])
            try await follower.deleteLease("mine", as: alice)
            #expect(try await follower.lease("mine", as: alice).conditions.last?.reason == "Released")
            #expect(leader.served == ["CreateLease", "DeleteLease"])
            await expectRefusal(.alreadyExists, "choose another lease_id") {
                _ = try await follower.createLease("mine", for: alice)
            }
        }
    }

    /// Serves a follower whose leader is the same lab behind an internal port.
    /// - Parameters:
    ///   - credential: What the follower derives its credential from.
    ///   - port: Where the follower takes the leader to be; nil for where it is.
    ///   - isSilent: Whether the leader's answers are lost.
    private func withFollower(
        credential: String = Self.key,
        port: Int? = nil,
        isSilent: Bool = false,
        _ body: @escaping @Sendable (TestController, ServedCalls) async throws -> Void
    ) async throws {
        let served = ServedCalls()
        let found = Mutex<Int?>(nil)
        let authority = try CertificateAuthority.create(now: Date())
        let certificate = try authority.issue(server: [ServerName("127.0.0.1")], now: Date())
        let link = LeaderLink(
            leader: {
                found.withLock { $0 }.map {
                    ReplicaPeer(host: "127.0.0.1", port: $0, certificatePEM: authority.certificatePEM)
                }
            },
            credential: ReplicaCredential(controllerKey: credential),
            now: { Date() },
            logger: LogRecords().logger
        )
        var options = ControllerOptions()
        options.leader = isSilent ? SilentLeader(leader: link) : link
        try await withController(options) { follower in
            let gate = ReplicaGate(credential: ReplicaCredential(controllerKey: Self.key), now: { Date() })
            let (ports, bound) = AsyncStream.makeStream(of: Int.self)
            let server = try ControllerServer(
                configuration: ControllerServerConfiguration(hosts: ["127.0.0.1"], port: 0),
                identity: certificate,
                services: follower.fixture.services(),
                serviceNames: [],
                interceptors: [gate, served],
                logger: follower.fixture.logger
            ) { bound.yield($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                group.addTask { try await link.run() }
                var iterator = ports.makeAsyncIterator()
                let actual = try #require(await iterator.next())
                found.withLock { $0 = port ?? actual }
                try await body(follower, served)
                group.cancelAll()
            }
        }
    }
}

/// The names of the calls that a server has let in.
private final class ServedCalls: ServerInterceptor {
    private let names = Mutex<[String]>([])

    var served: [String] { names.withLock { $0 } }

    func intercept<Input: Sendable, Output: Sendable>(
        request: StreamingServerRequest<Input>,
        context: ServerContext,
        next:
            @Sendable @concurrent (StreamingServerRequest<Input>, ServerContext) async throws ->
            StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
        names.withLock { $0.append(context.descriptor.method) }
        return try await next(request, context)
    }
}

/// A leader whose answers get lost on the way, which no real one does on demand.
private struct SilentLeader: LeaderCalls {
    let leader: LeaderLink

    func pass<Request: Message, Response: Message>(
        _ request: ServerRequest<Request>,
        _ context: ServerContext
    ) async throws -> PassedCall<Response> {
        let _: PassedCall<Response> = try await leader.pass(request, context)
        return .unanswered
    }
}
