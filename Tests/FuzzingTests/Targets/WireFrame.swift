/// A frame of HTTP/2 (RFC 9113, 4.1) as the models of the targets see it, which share no code with what they check.
struct WireFrame {
    private static let headerLength = 9

    /// What the header says of the payload.
    let length: Int
    let type: UInt8
    let flags: UInt8
    let stream: UInt32
    /// The header, and what there is of the payload.
    let bytes: ArraySlice<UInt8>

    /// What there is of it.
    var payload: ArraySlice<UInt8> { bytes.dropFirst(Self.headerLength) }
    /// Whether all of the payload is there.
    var isWhole: Bool { payload.count == length }
    /// Whether it begins a header block or goes on with one, which goes on after it.
    var leavesHeaderBlockOpen: Bool { flags & 4 == 0 }
    /// HEADERS or CONTINUATION.
    var isOfHeaderBlock: Bool { type == 1 || type == 9 }

    private init(header: [UInt8], bytes: ArraySlice<UInt8>) {
        length = header.prefix(3).reduce(0) { $0 << 8 | Int($1) }
        (type, flags) = (header[3], header[4])
        stream = header[5...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        self.bytes = bytes.prefix(Self.headerLength + length)
    }

    /// The frames of `bytes`, of which the last may be cut off, and what is no header behind them.
    static func all(in bytes: ArraySlice<UInt8>) -> (frames: [Self], rest: ArraySlice<UInt8>) {
        var frames: [Self] = []
        var rest = bytes
        while rest.count >= headerLength {
            let frame = Self(header: Array(rest.prefix(headerLength)), bytes: rest)
            frames.append(frame)
            rest = rest.dropFirst(frame.bytes.count)
        }
        return (frames, rest)
    }
}
