import Foundation
import KubernetesStore
import ObjectStore
import Resources
import SQLiteStore
import TestSupport
import Testing

/// Runs a test with an embedded store of its own.
func withEmbeddedStore(_ test: @Sendable (SQLiteStore) async throws -> Void) async throws {
    let folder = URL.temporaryDirectory.appending(component: "election-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try SQLiteStore(folder: folder, now: { Date() })
    do {
        try await test(store)
    } catch {
        try await store.close()
        throw error
    }
    try await store.close()
}

@Suite("LeaderElector", .timeLimit(.minutes(1)))
struct LeaderElectorTests {
    private static let key = ObjectKey(namespace: "lab", name: "jumpstarter-controller")

    private func elector(_ store: any ObjectStore, _ identity: String, _ clock: TestClock) -> LeaderElector {
        LeaderElector(
            store: store,
            configuration: .init(key: Self.key, identity: identity),
            clock: clock,
            now: ManualTime().now,
            randomFraction: { 0 },
            logger: .none
        )
    }

    private func spec(_ store: any ObjectStore) async throws -> JSONValue? {
        try await store.get(.coordinationLeases, Self.key).content["spec"]
    }

    /// Waits until an elector sleeps between two tries, which takes 2 s; within a try, its limit of 6 s sleeps.
    private func waitForPause(_ clock: TestClock) async {
        while clock.timeToNextDeadline != .seconds(2) { await Task.yield() }
    }

    private func wait(_ elector: LeaderElector, _ wanted: Bool) async {
        for await isLeader in elector.changes() where isLeader == wanted { return }
    }

    @Test("one of two leads; when it stops it gives the lease up and the other takes over at its next try")
    func takeOver() async throws {
        try await withEmbeddedStore { store in
            // Each has a clock of its own, so that the test knows where each of them is.
            let (firstClock, secondClock) = (TestClock(), TestClock())
            let first = elector(store, "first", firstClock)
            let second = elector(store, "second", secondClock)
            let running = Task { await first.run() }
            await wait(first, true)
            let other = Task { await second.run() }
            await waitForPause(secondClock)
            #expect(first.isLeader)
            #expect(!second.isLeader)

            running.cancel()
            await running.value
            #expect(!first.isLeader)
            let released = try await spec(store)
            #expect(released?["holderIdentity"] == "")
            #expect(released?["leaseDurationSeconds"] == 1)
            secondClock.advance(by: .seconds(2))
            await wait(second, true)
            let taken = try await spec(store)
            #expect(taken?["holderIdentity"] == "second")
            #expect(taken?["leaseTransitions"] == 1)
            #expect(taken?["leaseDurationSeconds"] == 10)
            #expect(taken?["renewTime"] == "2026-01-31T08:00:00.000000Z")
            other.cancel()
            await other.value
        }
    }

    @Test("a leader that dies is followed only when its lease has stood still for its whole duration")
    func death() async throws {
        try await withEmbeddedStore { store in
            let clock = TestClock()
            // The dead one's clock was hours ahead: what counts is what we see.
            let lease = UnstructuredObject(
                type: .coordinationLeases,
                metadata: ObjectMeta(name: Self.key.name, namespace: Self.key.namespace),
                content: [
                    "spec": [
                        "holderIdentity": "dead", "leaseDurationSeconds": 10, "leaseTransitions": 4,
                        "renewTime": "2030-01-31T08:00:00.000000Z",
                    ]
                ]
            )
            _ = try await store.create(lease)
            let elector = elector(store, "heir", clock)
            let running = Task { await elector.run() }
            for _ in 0..<4 {
                await waitForPause(clock)
                #expect(!elector.isLeader)
                clock.advance(by: .seconds(2))
            }
            await waitForPause(clock)
            #expect(!elector.isLeader)
            clock.advance(by: .seconds(2))
            await wait(elector, true)
            #expect(try await spec(store)?["leaseTransitions"] == 5)
            running.cancel()
            await running.value
        }
    }

    @Test("a leader that was paused sees at once that its time is up")
    func pause() async throws {
        try await withEmbeddedStore { store in
            let clock = TestClock()
            let elector = elector(store, "only", clock)
            let running = Task { await elector.run() }
            await wait(elector, true)
            await clock.waitForSleepers(1)
            clock.advance(by: .milliseconds(5_999))
            #expect(elector.isLeader)
            running.cancel()
            await running.value
        }
        let clock = TestClock()
        try await withEmbeddedStore { store in
            let gate = StoppedStore(store)
            let elector = elector(gate, "only", clock)
            let running = Task { await elector.run() }
            await wait(elector, true)
            await clock.waitForSleepers(1)
            gate.isDown = true
            clock.advance(by: .seconds(6))
            #expect(!elector.isLeader)
            running.cancel()
            await running.value
        }
    }

    @Test("a leader that cannot reach the API steps down at the renewal deadline, and leads again when it can")
    func lostAPI() async throws {
        try await withEmbeddedStore { store in
            let clock = TestClock()
            let gate = StoppedStore(store)
            let elector = elector(gate, "only", clock)
            let running = Task { await elector.run() }
            await wait(elector, true)
            await waitForPause(clock)
            gate.isDown = true
            for _ in 0..<2 {
                await waitForPause(clock)
                clock.advance(by: .seconds(2))
                #expect(elector.isLeader)
            }
            clock.advance(by: .seconds(2))
            #expect(!elector.isLeader)
            await wait(elector, false)
            gate.isDown = false
            await waitForPause(clock)
            clock.advance(by: .seconds(2))
            await wait(elector, true)
            let found = try await spec(store)?["leaseTransitions"]
            #expect(found == 0)
            running.cancel()
            await running.value
        }
    }
}
