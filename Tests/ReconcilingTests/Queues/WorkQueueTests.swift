import Testing

@testable import Reconciling

@Suite struct WorkQueueTests {
    @Test("Keys come out in the order in which they went in, each once")
    func order() {
        var queue = WorkQueue<String>()
        for key in ["a", "b", "a", "c", "b"] { queue.add(key) }
        #expect([queue.next(), queue.next(), queue.next(), queue.next()] == ["a", "b", "c", nil])
    }

    @Test("A key is never worked on twice at a time, and a change during the work is not lost")
    func dirty() {
        var queue = WorkQueue<String>()
        queue.add("a")
        #expect(queue.next() == "a")
        queue.add("a")
        queue.add("a")
        #expect(queue.next() == nil)
        #expect(queue.finished("a") == true)
        #expect(queue.next() == "a")
        #expect(queue.finished("a") == false)
        #expect(queue.next() == nil)
    }

    @Test("A key is idle when it is neither queued nor worked on")
    func idle() {
        var queue = WorkQueue<String>()
        #expect(queue.isIdle("a"))
        queue.add("a")
        #expect(!queue.isIdle("a"))
        _ = queue.next()
        #expect(!queue.isIdle("a"))
        _ = queue.finished("a")
        #expect(queue.isIdle("a"))
    }

    @Test("Many keys go through without a loss while the queue is compacted")
    func compaction() {
        var queue = WorkQueue<Int>()
        var seen: [Int] = []
        for key in 0..<5000 {
            queue.add(key)
            if key % 2 == 1, let next = queue.next() {
                seen.append(next)
                _ = queue.finished(next)
            }
        }
        while let next = queue.next() {
            seen.append(next)
            _ = queue.finished(next)
        }
        #expect(seen == Array(0..<5000))
        #expect(queue.inProgress.isEmpty)
    }
}
