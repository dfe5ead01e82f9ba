import Foundation
import ObjectStore
import Reconciling
import Resources
import TestSupport
import Testing

/// The invariant that the system exists for (spec/leases.md): at no time do two leases that have not ended name the same
/// exporter, whatever clients, exporters, administrators, crashes and a second replica do.
@Suite(.timeLimit(.minutes(5))) struct ExclusivityChaosTests {
    @Test(
        "At no version of the store do two running leases name one exporter",
        arguments: seeds,
        [false, true]
    )
    func chaos(seed: UInt64, isSequential: Bool) async throws {
        print("chaos seed \(seed), \(isSequential ? "each write by itself" : "transactions")")
        try await withBench(patience: 5, isSequential: isSequential) { bench in
            let start = try await bench.base.list(.leases, namespace: nil, options: ListOptions()).resourceVersion
            for name in ChaosMonkey.clients { try await bench.addClient(name) }
            for name in ChaosMonkey.exporters { try await bench.addExporter(name) }

            // One lab, then a second one beside it; then the first is killed in the midst of things and the second goes on.
            let second = bench.another()
            injectRandomFaults(into: bench.store, seed: seed)
            injectRandomFaults(into: second.store, seed: seed &+ 1)
            try await second.run { _ in
                try await torment([bench, second], seed: seed) { ticks in
                    try await bench.run { _ in for await count in ticks where count >= 120 { break } }
                }
            }
            // A new process finds what the others left.
            try await bench.another().run { last in
                try await torment([last], seed: seed &+ 100) { ticks in for await _ in ticks {} }
                try await settle(last)
            }

            let history = try await HistoryChecker(bench.base, after: start)
            #expect(history.violations.isEmpty, "seed \(seed)")
            #expect(history.ends == history.assignments, "seed \(seed)")
            #expect(history.assignments >= 3, "seed \(seed) gives too little to show anything")
        }
    }

    /// Two seeds that stay the same, and one that is new each time.
    private static let seeds: [UInt64] = [1, 2, .random(in: 1000...1_000_000)]

    /// Lets monkeys loose while the body runs, which sees how many steps they have done.
    private func torment(
        _ benches: [Bench],
        seed: UInt64,
        _ body: (AsyncStream<Int>) async throws -> Void
    ) async throws {
        let (steps, ticker) = AsyncStream.makeStream(of: Void.self)
        let (ticks, counter) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var count = 0
                for await _ in steps {
                    count += 1
                    counter.yield(count)
                }
                counter.finish()
            }
            group.addTask {
                try await withThrowingTaskGroup(of: Void.self) { monkeys in
                    for index in 0..<5 {
                        monkeys.addTask {
                            var monkey = ChaosMonkey("s\(seed)m\(index)", benches, seed: seed &* 31 &+ UInt64(index))
                            try await monkey.run(steps: 60) { ticker.yield() }
                        }
                    }
                    try await monkeys.waitForAll()
                }
                ticker.finish()
            }
            try await body(ticks)
            try await group.waitForAll()
        }
    }

    /// Releases everything and waits until nothing holds anything.
    private func settle(_ bench: Bench) async throws {
        let leases = try await bench.base.list(Lease.self, namespace: Bench.namespace).items
        for lease in leases { try await bench.lab.release(lease.key) }
        for lease in leases {
            try await bench.wait(for: Lease.self, lease.metadata.name) { $0.status.ended && $0.hasEndedLabel }
        }
        for name in ChaosMonkey.exporters { try await bench.wait(for: Exporter.self, name) { $0.leaseName == nil } }
        for client in ChaosMonkey.clients { #expect(try await bench.lab.activeLeases(ofClient: key(client)).isEmpty) }
    }
}
