import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Router

/// How much one abuser slows the others. Measures and prints, asserts nothing about time; `make bench-fairness`.
@Suite(
    "Round trips beside an abuser",
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled(if: ProcessInfo.processInfo.environment["JUMPSTARTER_FAIRNESS_SECONDS"] != nil, "a benchmark")
)
struct FairnessTests {
    private static let pairs = 20
    private static let duration = Duration.seconds(
        ProcessInfo.processInfo.environment["JUMPSTARTER_FAIRNESS_SECONDS"].flatMap { Double($0) } ?? 3
    )

    private final class Run: Sendable {
        let isOver = Atomic(false)
        let attacks = Atomic(0)
        let times = Mutex<[Int64]>([])
    }

    @Test("are as fast as without it")
    func roundTrips() async throws {
        for attack in Attack.all {
            try await RouterFixture.withRouter { router in
                let before = try await Self.measure(router, "before", nil)
                let beside = try await Self.measure(router, "beside", attack)
                let after = try await Self.measure(router, "after", nil)
                let ratio = Double(beside.p99) / Double(max(1, (before.p99 + after.p99) / 2))
                print(
                    "Fairness: \(attack.name): p99 \(before.p99 / 1_000), \(beside.p99 / 1_000), \(after.p99 / 1_000) us "
                        + "before, beside and after; ratio \(String(format: "%.2f", ratio)); \(beside.attacks) attacks"
                )
            }
        }
    }

    /// - Returns: the 99th percentile of all pairs' round trips, in nanoseconds, and how often the abuser came.
    private static func measure(
        _ router: RouterFixture,
        _ name: String,
        _ attack: Attack?
    ) async throws -> (p99: Int64, attacks: Int) {
        let run = Run()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for pair in 0..<pairs {
                group.addTask {
                    let own = try await pings(router, "\(name) \(pair)", run)
                    run.times.withLock { $0 += own }
                }
            }
            if let attack {
                group.addTask {
                    while !run.isOver.load(ordering: .relaxed) {
                        let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
                        try await peer.greet()
                        peer.send(try attack.bytes(peer, router))
                        run.attacks.wrappingAdd(1, ordering: .relaxed)
                        // Some attacks need the lower limits of their tests to be noticed.
                        try? await peer.channel.close()
                    }
                }
            }
            group.addTask {
                try await Task.sleep(for: duration)
                run.isOver.store(true, ordering: .relaxed)
            }
            try await group.waitForAll()
        }
        let sorted = run.times.withLock { $0.sorted() }
        return (sorted.isEmpty ? 0 : sorted[sorted.count * 99 / 100], run.attacks.load(ordering: .relaxed))
    }

    private static func pings(_ router: RouterFixture, _ id: String, _ run: Run) async throws
        -> [Int64]
    {
        let (first, second) = try await router.pair(id)
        let ping = ByteBuffer(repeating: 7, count: 64)
        var times: [Int64] = []
        while !run.isOver.load(ordering: .relaxed) {
            let start = NIODeadline.now()
            try await first.send(ping)
            _ = try await second.receive(64)
            try await second.send(ping)
            _ = try await first.receive(64)
            times.append((NIODeadline.now() - start).nanoseconds)
        }
        for call in [first, second] { try await call.connection.cut(reset: false) }
        return times
    }
}
