import Foundation
import TestSupport
import Testing

@testable import Reconciling

@Suite struct DeadlineQueueTests {
    private func at(_ seconds: Double) -> Date { ManualTime.start.addingTimeInterval(seconds) }

    @Test("Nothing is due before its moment, and everything at it, earliest first")
    func due() {
        var queue = DeadlineQueue<String>()
        queue.set("b", at: at(20))
        queue.set("a", at: at(10))
        #expect(queue.earliest() == at(10))
        #expect(queue.popDue(at: at(9.9)) == nil)
        #expect(queue.popDue(at: at(20)) == "a")
        #expect(queue.popDue(at: at(20)) == "b")
        #expect(queue.popDue(at: at(1000)) == nil)
        #expect(queue.earliest() == nil)
    }

    @Test("Another moment replaces the first, later or earlier")
    func replace() {
        var queue = DeadlineQueue<String>()
        queue.set("a", at: at(10))
        queue.set("a", at: at(30))
        #expect(queue.popDue(at: at(29)) == nil)
        queue.set("a", at: at(5))
        #expect(queue.popDue(at: at(5)) == "a")
        #expect(queue.popDue(at: at(1000)) == nil)
    }

    @Test("A moment can be taken back")
    func remove() {
        var queue = DeadlineQueue<String>()
        queue.set("a", at: at(10))
        queue.set("a", at: nil)
        #expect(queue.earliest() == nil)
        #expect(queue.popDue(at: at(10)) == nil)
    }

    @Test("It says when the alarm must be set earlier")
    func alarm() {
        var queue = DeadlineQueue<String>()
        #expect(queue.set("a", at: at(10)) == true)
        #expect(queue.set("b", at: at(20)) == false)
        #expect(queue.set("c", at: at(5)) == true)
        #expect(queue.set("c", at: at(5)) == false)
        #expect(queue.set("c", at: nil) == false)
    }

    @Test("setNoLater never puts a moment off")
    func noLater() {
        var queue = DeadlineQueue<String>()
        queue.setNoLater("a", than: at(10))
        #expect(queue.setNoLater("a", than: at(20)) == false)
        #expect(queue.earliest() == at(10))
        #expect(queue.setNoLater("a", than: at(5)) == true)
        #expect(queue.earliest() == at(5))
    }

    @Test("It agrees with a sorted dictionary under random use", arguments: [1, 2, 3] as [UInt64])
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = DeadlineQueue<Int>()
        var model: [Int: Date] = [:]
        for _ in 0..<4000 {
            let key = Int.random(in: 0..<40, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                queue.set(key, at: nil)
                model[key] = nil
            case 1:
                let now = at(Double.random(in: 0..<300, using: &random))
                while let due = queue.popDue(at: now) {
                    #expect(model[due] == model.values.min())
                    model[due] = nil
                }
                #expect(model.values.allSatisfy { $0 > now })
            default:
                let date = at(Double.random(in: 0..<1000, using: &random))
                queue.set(key, at: date)
                model[key] = date
            }
            #expect(queue.earliest() == model.values.min())
        }
    }
}
