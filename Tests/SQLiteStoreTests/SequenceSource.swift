import Synchronization

/// Numbers in a given order, then zero for ever.
final class SequenceSource: Sendable {
    private let rest: Mutex<[UInt64]>

    init(_ numbers: [UInt64]) { rest = Mutex(numbers.reversed()) }

    func next() -> UInt64 { rest.withLock { $0.popLast() ?? 0 } }
}
