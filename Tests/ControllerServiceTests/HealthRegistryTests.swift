import Testing

@testable import ControllerService

@Suite("Health registry")
struct HealthRegistryTests {
    @Test("the server as a whole is known from the beginning, other services once set")
    func knownServices() {
        let registry = HealthRegistry()
        #expect(registry.status() == .unknown)
        #expect(registry.status(of: "a") == nil)
        registry.set(.serving, for: "a")
        #expect(registry.statuses == ["": .unknown, "a": .serving])
    }

    @Test("after draining nothing is serving, whatever is set")
    func draining() {
        let registry = HealthRegistry(["": .serving, "a": .serving])
        registry.drain()
        registry.set(.serving, for: "a")
        registry.set(.serving, for: "b")
        #expect(registry.statuses == ["": .notServing, "a": .notServing])
    }

    @Test("a watch tells the status now, then changes of its own service only")
    func watching() async {
        let registry = HealthRegistry(["a": .serving])
        let (id, statuses) = registry.watch("a")
        var iterator = statuses.makeAsyncIterator()
        #expect(await iterator.next() == .serving)
        registry.set(.notServing, for: "b")
        registry.set(.serving, for: "a")
        registry.set(.notServing, for: "a")
        #expect(await iterator.next() == .notServing)
        registry.endWatch(id)
        #expect(await iterator.next() == nil)
    }

    @Test("a slow watch gets the latest status")
    func overtaken() async {
        let registry = HealthRegistry()
        let (_, statuses) = registry.watch("a")
        registry.set(.serving, for: "a")
        registry.set(.notServing, for: "a")
        var iterator = statuses.makeAsyncIterator()
        #expect(await iterator.next() == .notServing)
    }

    @Test("an ended watch leaves nothing behind")
    func ending() {
        let registry = HealthRegistry()
        let first = registry.watch("a")
        let second = registry.watch("a")
        #expect(registry.watchCount == 2)
        registry.endWatch(first.id)
        registry.endWatch(first.id)
        #expect(registry.watchCount == 1)
        registry.endWatch(second.id)
        #expect(registry.watchCount == 0)
    }
}
