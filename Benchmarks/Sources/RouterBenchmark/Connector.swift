import Crypto
import Foundation
import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL

/// Opens tunnels: two calls to a router, or one call through a relay to a ``Backend``; each call on a TLS connection of
/// its own, unless connections are shared.
struct Connector: Sendable {
    struct BadAddress: Error {}

    private let host: String
    private let port: Int
    private let key: SymmetricKey
    private let tls: NIOSSLContext
    private let group: any EventLoopGroup
    private let backend: Backend?

    /// - Parameter backend: what is behind a relay that does not pair calls.
    init(address: String, key: String, caFile: String, group: any EventLoopGroup, backend: Backend? = nil) throws {
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]) else {
            throw BadAddress()
        }
        host = String(address[..<colon])
        self.port = port
        self.key = SymmetricKey(data: Data(key.utf8))
        self.group = group
        self.backend = backend
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(caFile))
        configuration.applicationProtocols = ["h2"]
        configuration.minimumTLSVersion = .tlsv13
        tls = try NIOSSLContext(configuration: configuration)
    }

    /// A new tunnel between a client, which calls, and its partner, which calls as well or is called.
    ///
    /// - Returns: the streams of both calls, or of the only one.
    func pair(
        client: @escaping @Sendable () -> any PeerHandler,
        partner: @escaping @Sendable () -> any PeerHandler
    ) async throws -> [any Channel] {
        let token = token(streamID: UUID().uuidString)
        if let backend {
            backend.expect(partner)
            return [try await call(token, on: try await connect(), client)]
        }
        let first = try await call(token, on: try await connect(), client)
        return [first, try await call(token, on: try await connect(), partner)]
    }

    /// A connection to carry calls.
    ///
    /// - Parameter source: the address to connect from; more connections than ports need several.
    func connect(from source: SocketAddress? = nil) async throws -> NIOHTTP2Handler.StreamMultiplexer {
        let tls = tls
        var bootstrap = ClientBootstrap(group: group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 131_072, high: 262_144))
        if let source { bootstrap = bootstrap.bind(to: source) }
        return try await bootstrap.connect(host: host, port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try Self.configure(channel, tls: tls)
            }
        }
    }

    /// Both calls of a new tunnel on connections that exist.
    func pair(
        on first: NIOHTTP2Handler.StreamMultiplexer,
        _ second: NIOHTTP2Handler.StreamMultiplexer,
        _ handler: @escaping @Sendable () -> any PeerHandler
    ) async throws -> [any Channel] {
        let token = token(streamID: UUID().uuidString)
        return [try await call(token, on: first, handler), try await call(token, on: second, handler)]
    }

    private func call(
        _ token: String,
        on multiplexer: NIOHTTP2Handler.StreamMultiplexer,
        _ handler: @escaping @Sendable () -> any PeerHandler
    ) async throws -> any Channel {
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
        stream.pipeline.fireUserInboundEventTriggered(CallOpened())
        return stream
    }

    /// What a handler is told once the headers of its call have been sent.
    struct CallOpened {}

    private static func configure(
        _ channel: any Channel,
        tls: NIOSSLContext
    ) throws -> NIOHTTP2Handler.StreamMultiplexer {
        let operations = channel.pipeline.syncOperations
        try operations.addHandler(NIOSSLClientHandler(context: tls, serverHostname: nil))
        return try operations.configureHTTP2Pipeline(
            mode: .client,
            connectionConfiguration: HTTP2Windows.connection,
            streamConfiguration: HTTP2Windows.stream
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
