import RouterCore
import Transport

/// Borders of frames and messages in bytes that come in pieces.
enum FrameTargets {
    /// The frames of a connection are the same wherever its bytes are cut, and no byte is lost.
    static func borders(_ input: FuzzInput) throws {
        var input = input
        let seed = input.next() ?? 0
        let bytes = Array(input.bytes)
        let whole = try frames(of: bytes, limit: 16_393) { $0 }
        let cut = try frames(of: bytes, limit: 32 + Int(seed)) { min($0, 1 + Int(seed) % 23) }
        try FuzzFinding.unless(whole.frames == cut.frames, "other frames when cut: \(whole.frames), \(cut.frames)")
        try FuzzFinding.unless(whole.rest == cut.rest, "another rest when cut: \(whole.rest), \(cut.rest)")
    }

    /// - Parameter step: how many of the bytes that are there come with one read.
    /// - Returns: The offset and the length of the payload of each frame, and how many bytes were held back.
    private static func frames(
        of bytes: [UInt8],
        limit: Int,
        step: (Int) -> Int
    ) throws -> (frames: [[Int]], rest: Int) {
        var borders = FrameBorders()
        var frames: [[Int]] = []
        var (passed, come) = (0, 0)
        while come < bytes.count {
            come += step(bytes.count - come)
            while passed < come {
                let start = passed
                let length = borders.cut(available: come - start, limit: limit, byte: { bytes[start + $0] }) {
                    frames.append([start + $0, $1])
                    return true
                }
                try FuzzFinding.unless(length >= 0 && length <= min(limit, come - start), "cut \(length) bytes")
                if length == 0 { break }
                passed += length
            }
            let isHeldBack = come - passed
            try FuzzFinding.unless(isHeldBack < FrameBorders.headerLength, "\(isHeldBack) bytes are held back")
        }
        return (frames, come - passed)
    }

    /// Counts like a walk over all of the bytes.
    static func messageCounter(_ input: FuzzInput) throws {
        var input = input
        let step = 1 + Int(input.next() ?? 0)
        let bytes = Array(input.bytes)
        var counter = MessageCounter()
        var counted = 0
        for start in stride(from: 0, to: bytes.count, by: step) {
            counted += bytes[start..<min(start + step, bytes.count)].withUnsafeBytes { counter.count($0) }
        }
        var (offset, expected) = (0, 0)
        while offset + 5 <= bytes.count {
            let length = bytes[(offset + 1)..<(offset + 5)].reduce(0) { $0 << 8 | Int($1) }
            guard offset + 5 + length <= bytes.count else { break }
            offset += 5 + length
            expected += 1
        }
        try FuzzFinding.unless(counted == expected, "\(counted) messages instead of \(expected)")
        try FuzzFinding.unless(counter.isMidMessage == (offset < bytes.count), "the end is not where it is")
    }
}
