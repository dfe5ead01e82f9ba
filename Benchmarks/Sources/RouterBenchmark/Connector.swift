import Crypto
import Foundation
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL

/// Opens calls to a router, each on a TLS connection of its own.
struct Connector: Sendable {
    struct BadAddress: Error {}

    /// The HTTP/2 window of our side, as large as gRPC's bandwidth probing makes it.
    private static let windowSize = 4_194_304

    private let host: String
    private let port: Int
    private let key: SymmetricKey
    private let tls: NIOSSLContext
    private let group: any EventLoopGroup

    init(address: String, key: String, caFile: String, group: any EventLoopGroup) throws {
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]) else {
            throw BadAddress()
        }
        host = String(address[..<colon])
        self.port = port
        self.key = SymmetricKey(data: Data(key.utf8))
        self.group = group
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(caFile))
        configuration.applicationProtocols = ["h2"]
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// Both calls of a new tunnel.
    func pair<First: PeerHandler, Second: PeerHandler>(
        _ first: @escaping @Sendable () -> First,
        _ second: @escaping @Sendable () -> Second
    ) async throws -> (any Channel, any Channel) {
        let token = token(streamID: UUID().uuidString)
        return (try await call(token, first), try await call(token, second))
    }

    private func call(_ token: String, _ handler: @escaping @Sendable () -> some PeerHandler) async throws
        -> any Channel
    {
        let tls = tls
        let multiplexer = try await ClientBootstrap(group: group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 131_072, high: 262_144))
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.configure(channel, tls: tls)
                }
            }
        let promise = group.any().makePromise(of: (any Channel).self)
        multiplexer.createStreamChannel(promise: promise) { stream in
            stream.eventLoop.makeCompletedFuture { try stream.pipeline.syncOperations.addHandler(handler()) }
        }
        let stream = try await promise.futureResult.get()
        let headers: HPACKHeaders = [
            ":method": "POST", ":scheme": "https", ":authority": "router",
            ":path": "/jumpstarter.v1.RouterService/Stream", "content-type": "application/grpc", "te": "trailers",
            "authorization": "Bearer \(token)",
        ]
        try await stream.writeAndFlush(HTTP2Frame.FramePayload.headers(.init(headers: headers)))
        return stream
    }

    private static func configure(
        _ channel: any Channel,
        tls: NIOSSLContext
    ) throws -> NIOHTTP2Handler.StreamMultiplexer {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings.append(HTTP2Setting(parameter: .initialWindowSize, value: windowSize))
        connection.targetWindowSize = windowSize
        connection.controlFrameRateLimit.maximumCount = 1_000_000
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = windowSize
        stream.outboundBufferSizeHighWatermark = 262_144
        stream.outboundBufferSizeLowWatermark = 131_072
        let operations = channel.pipeline.syncOperations
        try operations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
        return try operations.configureHTTP2Pipeline(
            mode: .client,
            connectionConfiguration: connection,
            streamConfiguration: stream
        ) { $0.close() }
    }

    private func token(streamID: String) -> String {
        let now = Int(Date().timeIntervalSince1970)
        let payload = """
            {"iss":"https://jumpstarter.dev/stream","aud":["https://jumpstarter.dev/router"],"sub":"\(streamID)",\
            "exp":\(now + 1_800),"nbf":\(now),"iat":\(now),"jti":"\(UUID().uuidString)"}
            """
        let signed = Self.base64URL(#"{"alg":"HS256","typ":"JWT"}"#.utf8) + "." + Self.base64URL(payload.utf8)
        return signed + "." + Self.base64URL(HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: key))
    }

    private static func base64URL(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
