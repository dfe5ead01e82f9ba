import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL
import Synchronization

/// The other end of a relay that cannot pair two calls: a gRPC server of our own behind it.
///
/// Each call that arrives becomes the partner that was announced longest ago.
final class Backend: Sendable {
    typealias Partner = @Sendable () -> any PeerHandler

    private let expected = Mutex<[Partner]>([])

    /// - Returns: the backend, listening.
    static func start(port: Int, certificate: String, key: String, group: any EventLoopGroup) async throws -> Backend {
        let backend = Backend()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        )
        configuration.applicationProtocols = ["h2"]
        let tls = try NIOSSLContext(configuration: configuration)
        _ = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 131_072, high: 262_144))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try backend.configure(channel, tls: tls) }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        return backend
    }

    /// The next call that arrives is to be handled by this.
    func expect(_ partner: @escaping Partner) {
        expected.withLock { $0.append(partner) }
    }

    private func configure(_ channel: any Channel, tls: NIOSSLContext) throws {
        let operations = channel.pipeline.syncOperations
        try operations.addHandler(NIOSSLServerHandler(context: tls))
        _ = try operations.configureHTTP2Pipeline(
            mode: .server,
            connectionConfiguration: HTTP2Windows.connection,
            streamConfiguration: HTTP2Windows.stream
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                let partner = self.expected.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                guard let partner else { throw ChannelError.inappropriateOperationForState }
                try stream.pipeline.syncOperations.addHandlers([Answerer(), partner()])
            }
        }
    }
}

/// Answers a call with headers, as a gRPC server does, so that its caller begins.
private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .headers = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let headers: HPACKHeaders = [":status": "200", "content-type": "application/grpc"]
        context.writeAndFlush(wrapOutboundOut(.headers(.init(headers: headers))), promise: nil)
    }
}

/// The HTTP/2 windows of our side, as large as gRPC's bandwidth probing makes them.
enum HTTP2Windows {
    private static let size = 4_194_304

    static var connection: NIOHTTP2Handler.ConnectionConfiguration {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings.append(HTTP2Setting(parameter: .initialWindowSize, value: size))
        connection.targetWindowSize = size
        connection.controlFrameRateLimit.maximumCount = 1_000_000
        // Relays change headers in ways that only strict readers mind.
        connection.headerBlockValidation = .disabled
        connection.contentLengthValidation = .disabled
        return connection
    }

    static var stream: NIOHTTP2Handler.StreamConfiguration {
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = size
        stream.outboundBufferSizeHighWatermark = 262_144
        stream.outboundBufferSizeLowWatermark = 131_072
        return stream
    }
}
