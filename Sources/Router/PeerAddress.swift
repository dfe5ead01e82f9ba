internal import NIOCore

/// Where a peer is, for people. Its text is made when it is wanted, as it is for lines that may not be logged.
struct PeerAddress: Sendable, CustomStringConvertible {
    private let address: SocketAddress?

    init(of channel: any Channel) {
        address = channel.remoteAddress
    }

    var description: String { address?.description ?? "unknown" }
}
