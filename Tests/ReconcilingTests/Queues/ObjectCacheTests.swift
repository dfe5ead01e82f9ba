import Resources
import Testing

@testable import Reconciling

@Suite struct ObjectCacheTests {
    private func client(_ name: String = "alice", uid: String = "u1", version: Int) -> Client {
        var metadata = ObjectMeta(name: name, namespace: "lab")
        metadata.uid = uid
        metadata.resourceVersion = String(version)
        return Client(metadata: metadata)
    }

    @Test("A newer version replaces an older one and tells what was before")
    func newer() {
        var cache = ObjectCache<Client>()
        #expect(cache.apply(client(version: 5))?.old == nil)
        #expect(cache.apply(client(version: 6))?.old?.version == 5)
        #expect(cache[key("alice")]?.version == 6)
    }

    @Test("An older or equal version is no news")
    func stale() {
        var cache = ObjectCache<Client>()
        _ = cache.apply(client(version: 10))
        #expect(cache.apply(client(version: 10)) == nil)
        #expect(cache.apply(client(version: 9)) == nil)
        #expect(cache[key("alice")]?.version == 10)
    }

    @Test("Versions are compared as numbers")
    func numbers() {
        var cache = ObjectCache<Client>()
        _ = cache.apply(client(version: 9))
        #expect(cache.apply(client(version: 10)) != nil)
    }

    @Test("A dropped object is not brought back by events that were on their way")
    func zombie() {
        var cache = ObjectCache<Client>()
        _ = cache.apply(client(version: 7))
        #expect(cache.drop(key("alice"), uid: "u1", version: 8)?.old?.version == 7)
        for version in [6, 7, 8] { #expect(cache.apply(client(version: version)) == nil) }
        #expect(cache[key("alice")] == nil)
        #expect(cache.apply(client(version: 9)) != nil)
    }

    @Test("An object that another of its name has replaced is not brought back once that one is dropped")
    func replacedZombie() {
        var cache = ObjectCache<Client>()
        _ = cache.apply(client(uid: "u1", version: 7))
        _ = cache.apply(client(uid: "u2", version: 10))
        _ = cache.drop(key("alice"), uid: "u2", version: 11)
        #expect(cache.apply(client(uid: "u1", version: 8)) == nil)
        #expect(cache[key("alice")] == nil)
    }

    @Test("What is remembered of dropped objects goes when the watch has passed them")
    func forgetting() {
        var cache = ObjectCache<Client>()
        _ = cache.drop(key("alice"), uid: "u1", version: 8)
        cache.watchReached(7)
        #expect(cache.apply(client(version: 8)) == nil)
        cache.watchReached(8)
        #expect(cache.apply(client(version: 8)) != nil)
    }

    @Test("The deletion of an earlier object does not touch a later one of the same name")
    func laterIncarnation() {
        var cache = ObjectCache<Client>()
        _ = cache.apply(client(uid: "u2", version: 9))
        #expect(cache.drop(key("alice"), uid: "u1", version: 8) == nil)
        #expect(cache[key("alice")]?.metadata.uid == "u2")
    }

    @Test("A later object of the same name takes the place of one whose deletion is still on its way")
    func overtaken() {
        var cache = ObjectCache<Client>()
        _ = cache.apply(client(uid: "u1", version: 5))
        #expect(cache.apply(client(uid: "u2", version: 9))?.old?.metadata.uid == "u1")
    }

    @Test("What a list lacks is gone unless it is newer than the list")
    func missing() {
        var cache = ObjectCache<Client>()
        _ = cache.apply(client("listed", uid: "u1", version: 3))
        _ = cache.apply(client("gone", uid: "u2", version: 4))
        _ = cache.apply(client("new", uid: "u3", version: 11))
        #expect(cache.missing(from: [key("listed")], at: 10).map(\.metadata.name) == ["gone"])
    }
}
