import RouterCore
import Testing

@Suite("Leases whose tunnels were cut")
struct EndedLeasesTests {
    @Test("are remembered until their tokens have expired")
    func expiry() {
        var ended = EndedLeases(capacity: 10)
        ended.insert("a", until: 100)
        ended.insert("b", until: 200)
        ended.expire(now: 100)
        #expect(ended.contains("a"))
        ended.expire(now: 101)
        #expect(!ended.contains("a"))
        #expect(ended.contains("b"))
    }

    @Test("the oldest is forgotten when there are too many")
    func capacity() {
        var ended = EndedLeases(capacity: 2)
        for (index, uid) in ["a", "b", "b", "c"].enumerated() { ended.insert(uid, until: Int64(index)) }
        #expect(ended.count == 2)
        #expect(["a", "b", "c"].map(ended.contains) == [false, true, true])
    }
}
