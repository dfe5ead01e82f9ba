import RouterCore
import Testing

@Suite("A conduit")
struct ConduitTests {
    @Test("gives back what was pushed, in order")
    func order() {
        var conduit = Conduit<Int>(limit: 10_000)
        for number in 0..<10 { conduit.push(number, bytes: 1) }
        var taken: [Int] = []
        _ = conduit.take(upTo: 4, into: &taken)
        #expect(taken == [0, 1, 2, 3])
        _ = conduit.take(upTo: 100, into: &taken)
        #expect(taken == Array(0..<10))
        #expect(conduit.isEmpty)
        #expect(conduit.deliveredBytes == 10)
    }

    @Test("gives at least one chunk, however large")
    func oversizedChunk() {
        var conduit = Conduit<String>(limit: 10)
        conduit.push("large", bytes: 1_000)
        conduit.push("next", bytes: 1)
        var taken: [String] = []
        _ = conduit.take(upTo: 10, into: &taken)
        #expect(taken == ["large"])
    }

    @Test("stops its writer at the limit and resumes it once at half of it")
    func backpressure() {
        var conduit = Conduit<Int>(limit: 1_000)
        var pushed = 0
        while conduit.mayWriterContinue() {
            conduit.push(pushed, bytes: 100)
            pushed += 1
        }
        #expect(pushed == 5, "a chunk of 100 bytes costs 228")
        var taken: [Int] = []
        #expect(conduit.take(upTo: 1, into: &taken) == false)
        #expect(conduit.take(upTo: 1, into: &taken) == false)
        #expect(conduit.take(upTo: 1, into: &taken) == true)
        #expect(conduit.take(upTo: 1, into: &taken) == false)
        #expect(conduit.mayWriterContinue() == true)
    }

    @Test("counts tiny chunks by more than their bytes")
    func tinyChunks() {
        var conduit = Conduit<Void>(limit: 1_280)
        var pushed = 0
        while conduit.mayWriterContinue() {
            conduit.push((), bytes: 1)
            pushed += 1
        }
        #expect(pushed == 10)
    }

    @Test("wakes an idle reader once, and a blocked one not at all")
    func wakes() {
        var conduit = Conduit<Int>(limit: 1_000)
        conduit.push(1, bytes: 1)
        #expect(conduit.needsWake() == true)
        conduit.push(2, bytes: 1)
        #expect(conduit.needsWake() == false)
        var taken: [Int] = []
        _ = conduit.take(upTo: 10, into: &taken)
        conduit.push(3, bytes: 1)
        #expect(conduit.needsWake() == true)
        conduit.block()
        #expect(conduit.needsWake() == false)
    }

    @Test("once abandoned drops everything and lets its writer run")
    func abandoned() {
        var conduit = Conduit<Int>(limit: 100)
        conduit.push(1, bytes: 70)
        #expect(conduit.mayWriterContinue() == false)
        #expect(conduit.abandon() == true)
        #expect(conduit.abandon() == false)
        #expect(conduit.isEmpty)
        conduit.push(2, bytes: 30)
        #expect(conduit.isEmpty)
        #expect(conduit.discardedBytes == 100)
        #expect(conduit.mayWriterContinue() == true)
        #expect(conduit.needsWake() == false)
    }
}
