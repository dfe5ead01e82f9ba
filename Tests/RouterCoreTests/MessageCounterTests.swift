import RouterCore
import Testing

@Suite("The counter of messages")
struct MessageCounterTests {
    private static func message(_ length: Int) -> [UInt8] {
        [0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + [UInt8](repeating: 0xFF, count: length)
    }

    private static func count(_ bytes: [UInt8], _ counter: inout MessageCounter) -> Int {
        bytes.withUnsafeBytes { counter.count($0) }
    }

    @Test("counts messages that come together", arguments: [0, 1, 5, 300, 70_000])
    func together(length: Int) {
        var counter = MessageCounter()
        let three = Self.message(length) + Self.message(0) + Self.message(length)
        #expect(Self.count(three, &counter) == 3)
        #expect(!counter.isMidMessage)
    }

    @Test("counts the same wherever the bytes are cut")
    func cuts() {
        let bytes = Self.message(7) + Self.message(0) + Self.message(1) + Self.message(258)
        for first in 0...bytes.count {
            for second in stride(from: first, through: bytes.count, by: 7) {
                var counter = MessageCounter()
                let parts = [bytes[..<first], bytes[first..<second], bytes[second...]]
                #expect(parts.reduce(0) { $0 + Self.count(Array($1), &counter) } == 4)
                #expect(!counter.isMidMessage)
            }
        }
    }

    @Test("counts a message with its last byte, not before")
    func lastByte() {
        var counter = MessageCounter()
        for byte in Self.message(3).dropLast() {
            #expect(Self.count([byte], &counter) == 0)
            #expect(counter.isMidMessage)
        }
        #expect(Self.count([1], &counter) == 1)
        #expect(!counter.isMidMessage)
    }

    @Test("takes the longest message that a header can announce")
    func longest() {
        var counter = MessageCounter()
        #expect(Self.count([0, 0xFF, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 1_000), &counter) == 0)
        #expect(counter.isMidMessage)
    }
}
