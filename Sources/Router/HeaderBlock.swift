internal import NIOCore
internal import NIOHPACK

/// Headers as they are sent (RFC 7541). Nothing of them goes into the peer's table, so that a connection holds no table
/// of ours, and a block that is the same for many calls is encoded once.
struct HeaderBlock: Sendable {
    /// To be copied for each: an encoder builds its table of well-known headers anew.
    private static let encoder = HPACKEncoder(
        allocator: ByteBufferAllocator(),
        useHuffmanEncoding: true,
        maxDynamicTableSize: 0
    )

    let bytes: ByteBuffer

    /// - Throws: what NIO's encoder throws; it has no reason to for headers of ours.
    init(_ headers: HPACKHeaders) throws {
        var encoder = Self.encoder
        try encoder.beginEncoding(allocator: ByteBufferAllocator())
        for header in headers { try encoder.appendNonIndexed(header: header.name, value: header.value) }
        bytes = try encoder.endEncoding()
    }
}
