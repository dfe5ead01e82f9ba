import NIOCore
import NIOHTTP2
import NIOPosix
import NIOSSL

/// What the real client does in insecure mode: connects without ALPN, copies the certificates, closes.
enum CertificateCopy {
    /// - Returns: how many certificates the server has shown.
    static func copy(port: Int) async throws -> Int {
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Int.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(
                        context: context,
                        serverHostname: "localhost",
                        customVerificationCallback: { certificates, verified in
                            promise.succeed(certificates.count)
                            verified.succeed(.certificateVerified)
                        }
                    )
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let count = try await promise.futureResult.get()
        // A server may be gone before the TLS close has been answered; the copy is what counts.
        try? await channel.close()
        return count
    }
}

extension TestConnection {
    /// Sends a PING.
    func ping(_ number: UInt64) async throws {
        let frame = HTTP2Frame(streamID: .rootStream, payload: .ping(HTTP2PingData(withInteger: number), ack: false))
        try await channel.writeAndFlush(frame)
    }
}
