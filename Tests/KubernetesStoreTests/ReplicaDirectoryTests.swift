import Foundation
import KubernetesStore
import ObjectStore
import Resources
import SQLiteStore
import TestSupport
import Testing

@Suite("ReplicaDirectory", .timeLimit(.minutes(1)))
struct ReplicaDirectoryTests {
    private func directory(_ store: any ObjectStore, _ id: String, _ clock: TestClock) -> ReplicaDirectory {
        ReplicaDirectory(
            store: store,
            configuration: .init(
                namespace: "lab",
                replica: Replica(id: id, endpoint: "\(id):8443", certificatePEM: "PEM of \(id)")
            ),
            clock: clock,
            now: ManualTime().now,
            logger: .none
        )
    }

    private func wait(_ directory: ReplicaDirectory, _ ids: [String]) async {
        for await _ in directory.changes() where directory.members.map(\.id) == ids { return }
    }

    @Test("replicas find each other with endpoint and certificate, and one that stops is gone at once")
    func membership() async throws {
        try await withEmbeddedStore { store in
            let clock = TestClock()
            let first = directory(store, "a", clock)
            let second = directory(store, "b", clock)
            let one = Task { await first.run() }
            let two = Task { await second.run() }
            await wait(first, ["b"])
            await wait(second, ["a"])
            #expect(first.members == [Replica(id: "b", endpoint: "b:8443", certificatePEM: "PEM of b")])
            let object = try await store.get(
                .coordinationLeases,
                ObjectKey(namespace: "lab", name: "jumpstarter-controller-a")
            )
            #expect(object.metadata.labels == ["jumpstarter.dev/component": "controller-replica"])
            two.cancel()
            await two.value
            await wait(first, [])
            one.cancel()
            await one.value
            let left = try await store.list(.coordinationLeases, namespace: "lab", options: ListOptions())
            #expect(left.items.isEmpty)
        }
    }

    @Test("a replica that no longer renews is ignored after its lifetime and its lease deleted after ten minutes")
    func lost() async throws {
        try await withEmbeddedStore { store in
            let clock = TestClock()
            let dead = UnstructuredObject(
                type: .coordinationLeases,
                metadata: ObjectMeta(
                    name: "jumpstarter-controller-dead",
                    namespace: "lab",
                    labels: ["jumpstarter.dev/component": "controller-replica"],
                    annotations: [
                        "jumpstarter.dev/internal-endpoint": "x:1", "jumpstarter.dev/internal-certificate": "PEM",
                    ]
                ),
                content: ["spec": ["holderIdentity": "dead", "leaseDurationSeconds": 15]]
            )
            _ = try await store.create(dead)
            let directory = directory(store, "a", clock)
            let running = Task { await directory.run() }
            await wait(directory, ["dead"])
            await clock.waitForSleepers(2)
            clock.advance(by: .milliseconds(14_999))
            #expect(directory.members.map(\.id) == ["dead"])
            clock.advance(by: .milliseconds(1))
            #expect(directory.members.isEmpty)

            let version = try await store.list(.coordinationLeases, namespace: "lab", options: .init()).resourceVersion
            let watch = try await store.watch(
                .coordinationLeases,
                namespace: "lab",
                options: WatchOptions(resourceVersion: version)
            )
            await clock.waitForSleepers(2)
            clock.advance(by: .seconds(600))
            for try await case .deleted(let object) in watch {
                #expect(object.metadata.name == "jumpstarter-controller-dead")
                break
            }
            running.cancel()
            await running.value
        }
    }
}
