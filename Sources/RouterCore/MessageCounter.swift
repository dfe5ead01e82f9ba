/// Counts the gRPC messages that pass in one direction, without holding any byte of them.
///
/// A message is a byte of flags, four of length and as many of payload as they say (gRPC over HTTP/2,
/// "Length-Prefixed-Message"). Nothing is decoded and nothing is refused: a peer that sends something else gets a
/// count that means nothing, and its bytes go to its partner all the same.
package struct MessageCounter: Sendable, Hashable {
    private static let headerLength = 5

    /// How much of the current header has been seen.
    private var headerBytes = 0
    /// The length that the header says, as far as it has been seen.
    private var length: UInt32 = 0
    /// Bytes of payload still to come.
    private var rest = 0

    /// At the border before the first message.
    package init() {}

    /// Whether a message has begun and not ended.
    package var isMidMessage: Bool { headerBytes > 0 || rest > 0 }

    /// The next bytes have come.
    ///
    /// - Returns: how many messages they complete.
    package mutating func count(_ bytes: UnsafeRawBufferPointer) -> Int {
        var offset = 0
        var messages = 0
        while offset < bytes.count {
            if rest > 0 {
                let part = min(rest, bytes.count - offset)
                rest -= part
                offset += part
            } else {
                if headerBytes > 0 { length = length << 8 | UInt32(bytes[offset]) }
                headerBytes += 1
                offset += 1
                guard headerBytes == Self.headerLength else { continue }
                rest = Int(length)
                headerBytes = 0
                length = 0
            }
            if rest == 0, headerBytes == 0 { messages += 1 }
        }
        return messages
    }
}
