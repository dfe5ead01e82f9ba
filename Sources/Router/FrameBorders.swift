/// Where the frames of an HTTP/2 connection begin and end in the bytes that come from it (RFC 9113, section 4.1).
///
/// A pure walk over frame headers: preface of 24 bytes, then frames of a 9-byte header and as many bytes of payload as
/// its first three say.
struct FrameBorders {
    private static let prefaceLength = 24
    private static let headerLength = 9

    /// Bytes that still belong to what has begun: the preface, or a frame whose header has been passed on.
    private var rest = Self.prefaceLength

    /// How many of the first bytes may be passed on together: whole frames up to the limit, or the part that is here of
    /// one that is longer. 0 when a header is not complete.
    /// - Parameters:
    ///   - available: How many bytes there are.
    ///   - limit: The most to pass on at a time.
    ///   - byte: The byte at an offset.
    mutating func cut(available: Int, limit: Int, byte: (Int) -> UInt8) -> Int {
        var length = min(rest, available, limit)
        rest -= length
        while rest == 0, length < limit, available - length >= Self.headerLength {
            let payload = Int(byte(length)) << 16 | Int(byte(length + 1)) << 8 | Int(byte(length + 2))
            let whole = Self.headerLength + payload
            // Another frame goes along only when all of it fits: an incomplete one comes last and alone.
            if length > 0, length + whole > limit || length + whole > available { break }
            let taken = min(whole, available - length, limit - length)
            length += taken
            rest = whole - taken
        }
        return length
    }
}
