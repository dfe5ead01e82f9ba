import Foundation
import HeapModule

/// Moments at which keys want attention, one for each key: setting another replaces it.
///
/// A heap with stale entries skipped when they surface; it holds at most one live entry a key and is rebuilt when stale
/// ones are the majority.
struct DeadlineQueue<Key: Hashable> {
    private struct Entry: Comparable {
        var date: Date
        var key: Key

        static func < (left: Entry, right: Entry) -> Bool { left.date < right.date }
        static func == (left: Entry, right: Entry) -> Bool { left.date == right.date }
    }

    private var heap = Heap<Entry>()
    private var current: [Key: Date] = [:]

    /// The earliest moment, if any.
    mutating func earliest() -> Date? {
        skipStale()
        return heap.min?.date
    }

    /// Sets the key's moment; nil removes it. Returns true when the earliest moment may have come closer.
    @discardableResult
    mutating func set(_ key: Key, at date: Date?) -> Bool {
        guard let date else {
            current[key] = nil
            return false
        }
        if current[key] == date { return false }
        let before = earliest()
        current[key] = date
        heap.insert(Entry(date: date, key: key))
        if heap.count > 64 && heap.count > current.count * 2 { rebuild() }
        return before.map { date < $0 } ?? true
    }

    /// Sets the key's moment unless it has an earlier one.
    @discardableResult
    mutating func setNoLater(_ key: Key, than date: Date) -> Bool {
        if let existing = current[key], existing <= date { return false }
        return set(key, at: date)
    }

    /// Takes out a key whose moment has come.
    mutating func popDue(at now: Date) -> Key? {
        skipStale()
        guard let first = heap.min, first.date <= now else { return nil }
        heap.removeMin()
        current[first.key] = nil
        return first.key
    }

    private mutating func skipStale() {
        while let first = heap.min, current[first.key] != first.date { heap.removeMin() }
    }

    private mutating func rebuild() {
        heap = Heap(current.map { Entry(date: $0.value, key: $0.key) })
    }
}
