/// Where the frames of an HTTP/2 connection begin and end in the bytes that come from it (RFC 9113, section 4.1).
///
/// A pure walk over frame headers: preface of 24 bytes, then frames of a 9-byte header and as many bytes of payload as
/// its first three say.
package struct FrameBorders: Sendable {
    private static let prefaceLength = 24
    /// The length of every frame's header.
    package static let headerLength = 9

    /// Bytes that still belong to what has begun: the preface, or a frame whose header has been passed on.
    private var rest = Self.prefaceLength
    /// Whether the last frame passed on carries headers.
    private var isHeaders = false

    /// A connection from its very beginning, as a server reads it.
    package init() {}

    /// Whether the next byte begins a frame.
    package var isAtBorder: Bool { rest == 0 }

    /// Whether part of a HEADERS or CONTINUATION frame has been passed on by a cut, and the rest has not come.
    package var isInsideHeaders: Bool { rest > 0 && isHeaders }

    /// How many of the first bytes belong to one frame: the rest of one that has begun, or what is here of the next.
    /// 0 when its header is not complete.
    package mutating func advance(available: Int, byte: (Int) -> UInt8) -> Int {
        if rest > 0 {
            let length = min(rest, available)
            rest -= length
            return length
        }
        guard available >= Self.headerLength else { return 0 }
        let whole = Self.headerLength + Self.payloadLength(at: 0, byte)
        let length = min(whole, available)
        rest = whole - length
        return length
    }

    private static func payloadLength(at offset: Int, _ byte: (Int) -> UInt8) -> Int {
        Int(byte(offset)) << 16 | Int(byte(offset + 1)) << 8 | Int(byte(offset + 2))
    }

    /// How many of the first bytes may be passed on together: whole frames up to the limit, or the part that is here of
    /// one that is longer. 0 when a header is not complete.
    /// - Parameters:
    ///   - available: How many bytes there are.
    ///   - limit: The most to pass on at a time.
    ///   - byte: The byte at an offset.
    package mutating func cut(available: Int, limit: Int, byte: (Int) -> UInt8) -> Int {
        cut(available: available, limit: limit, byte: byte) { _, _ in true }
    }

    /// The same, and each frame may be looked at before it is passed on.
    /// - Parameters:
    ///   - available: How many bytes there are.
    ///   - limit: The most to pass on at a time.
    ///   - byte: The byte at an offset.
    ///   - accepts: Called once for each frame whose header is complete and that is next to be passed on, with the
    ///     offset of its header and the length of its payload. False ends the piece before that frame, which has not
    ///     begun then: ``isAtBorder`` stays true.
    package mutating func cut(
        available: Int,
        limit: Int,
        byte: (Int) -> UInt8,
        accepts: (_ offset: Int, _ payloadLength: Int) -> Bool
    ) -> Int {
        var length = min(rest, available, limit)
        rest -= length
        while rest == 0, length < limit, available - length >= Self.headerLength {
            let payloadLength = Self.payloadLength(at: length, byte)
            let whole = Self.headerLength + payloadLength
            // Another frame goes along only when all of it fits: an incomplete one comes last and alone.
            if length > 0, length + whole > limit || length + whole > available { break }
            guard accepts(length, payloadLength) else { break }
            let type = byte(length + 3)
            isHeaders = type == 1 || type == 9
            let taken = min(whole, available - length, limit - length)
            length += taken
            rest = whole - taken
        }
        return length
    }
}
