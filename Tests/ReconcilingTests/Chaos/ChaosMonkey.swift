import Foundation
import ObjectStore
import Reconciling
import Resources
import Synchronization
import TestSupport

/// Does what clients, exporters and administrators may do, in random order.
struct ChaosMonkey {
    static let clients = ["alice", "bob", "carol"]
    static let exporters = ["e0", "e1", "e2", "e3"]

    let name: String
    let benches: [Bench]
    var random: SeededGenerator
    private var made: [String] = []

    init(_ name: String, _ benches: [Bench], seed: UInt64) {
        self.name = name
        self.benches = benches
        self.random = SeededGenerator(seed: seed)
    }

    /// Carries out a number of steps. What the service refuses is fine; it must only never break the invariant.
    mutating func run(steps: Int, afterEach: () -> Void) async throws {
        for step in 0..<steps {
            do {
                try await self.step(step)
            } catch is LabError {
            } catch is StoreError {
            }
            afterEach()
            try Task.checkCancellation()
        }
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &random)]
    }

    private mutating func step(_ step: Int) async throws {
        let bench = pick(benches)
        let exporter = pick(Self.exporters)
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<5: _ = try await bench.lab.create(newLease(step))
        case 5..<7: _ = try await bench.base.create(newLease(step))
        case 7..<10: if !made.isEmpty { try await bench.lab.release(key(pick(made))) }
        case 10: if !made.isEmpty { try await releaseDirectly(pick(made), bench) }
        case 11:
            if !made.isEmpty { _ = try await bench.base.delete(.leases, key(pick(made)), options: DeleteOptions()) }
        case 12:
            let isEnabled = Bool.random(using: &random)
            try await bench.edit(Exporter.self, exporter) { $0.spec.enabled = isEnabled }
        case 13: try await bench.lab.unregister(key(exporter), reason: "chaos")
        case 14: try await bench.lab.report(.afterLeaseHook, message: nil, releaseLease: true, by: key(exporter))
        case 15: bench.time.advance(by: Double.random(in: 0..<15, using: &random))
        case 16:
            let duration = GoDuration(seconds: .random(in: 1...120, using: &random))
            let heir = pick(Self.clients)
            guard !made.isEmpty else { return }
            _ = try await bench.lab.update(key(pick(made))) { lease in
                lease.spec.duration = duration
                lease.spec.clientRef.name = heir
            }
        default: try await bench.connect(exporter)
        }
    }

    private mutating func newLease(_ step: Int) -> Lease {
        // Now and then a name is used again, as when a lease is deleted and made anew.
        let name =
            Int.random(in: 0..<4, using: &random) == 0
            ? "shared-\(Int.random(in: 0..<3, using: &random))"
            : "\(self.name)-\(step)"
        made.append(name)
        return Bench.lease(
            name,
            client: pick(Self.clients),
            exporter: Int.random(in: 0..<5, using: &random) == 0 ? pick(Self.exporters) : nil,
            duration: .random(in: 5...120, using: &random)
        )
    }

    private func releaseDirectly(_ name: String, _ bench: Bench) async throws {
        _ = try await bench.base.patch(.leases, key(name), .merge(["spec": ["release": true]]), subresource: .main)
    }
}

/// Lets about one write in twenty of a lab go wrong: not done, done with its answer lost, or lost to another.
func injectRandomFaults(into store: FaultInjectingStore, seed: UInt64) {
    let random = Mutex(SeededGenerator(seed: seed))
    let faults: [StoreFault] = [
        .failBefore(StoreError(.unavailable, "chaos")), .failAfter(StoreError(.unavailable, "chaos")),
        .failBefore(StoreError(.conflict, "chaos")),
    ]
    for fault in faults {
        store.inject(fault, times: nil) { call in
            guard [.write, .update, .patch].contains(call.operation) else { return false }
            return random.withLock { Int.random(in: 0..<60, using: &$0) == 0 }
        }
    }
}
