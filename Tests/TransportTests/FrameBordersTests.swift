import TestSupport
import Testing

@testable import Transport

@Suite("Borders of HTTP/2 frames")
struct FrameBordersTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private static func frame(_ length: Int) -> [UInt8] {
        [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), 0, 0, 0, 0, 0, 1]
            + [UInt8](repeating: 7, count: length)
    }

    /// Feeds bytes in chunks of the given sizes and answers the pieces that come out.
    private static func pieces(of bytes: [UInt8], chunks: [Int], limit: Int) -> [[UInt8]] {
        var borders = FrameBorders()
        var held: [UInt8] = []
        var result: [[UInt8]] = []
        var rest = bytes[...]
        var sizes = chunks.makeIterator()
        while !rest.isEmpty {
            let size = min(sizes.next() ?? rest.count, rest.count)
            held += rest.prefix(size)
            rest = rest.dropFirst(size)
            while true {
                let current = held
                let length = borders.cut(available: current.count, limit: limit) { current[$0] }
                if length == 0 { break }
                result.append(Array(held.prefix(length)))
                held.removeFirst(length)
            }
        }
        #expect(held.count < 9)
        return result
    }

    @Test("lose nothing, keep the order and respect the limit, whatever the chunks", arguments: 0..<50 as Range<UInt64>)
    func everything(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func random(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }
        let sizes = (0..<40).map { _ in random(3) == 0 ? random(300) : random(20) }
        let bytes = Self.preface + sizes.flatMap(Self.frame)
        let chunks = (0..<bytes.count).map { _ in 1 + random(90) }
        let pieces = Self.pieces(of: bytes, chunks: chunks, limit: 64)
        #expect(pieces.flatMap(\.self) == bytes)
        #expect(pieces.allSatisfy { $0.count <= 64 })
    }

    @Test("never end inside a header")
    func headers() {
        let sizes = [0, 5, 70, 1, 0, 0, 33, 200, 8]
        let bytes = Self.preface + sizes.flatMap(Self.frame)
        var forbidden: Set<Int> = []
        var start = Self.preface.count
        for size in sizes {
            forbidden.formUnion(start + 1..<start + 9)
            start += 9 + size
        }
        var end = 0
        for piece in Self.pieces(of: bytes, chunks: Array(repeating: 7, count: bytes.count), limit: 64) {
            end += piece.count
            #expect(!forbidden.contains(end), "a piece ends at \(end)")
        }
    }

    @Test("join small frames and split long ones")
    func joining() {
        let bytes = Self.preface + Self.frame(10) + Self.frame(10) + Self.frame(100)
        let pieces = Self.pieces(of: bytes, chunks: [], limit: 64)
        #expect(pieces.map(\.count) == [24 + 19 + 19, 64, 45])
    }
}
