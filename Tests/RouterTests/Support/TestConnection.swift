import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL

/// An HTTP/2 connection to a router, over TLS with verification and ALPN like a real client's.
struct TestConnection: Sendable {
    let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer

    static func open(port: Int, caPEM: String) async throws -> Self {
        let initializer = try initializer(caPEM: caPEM)
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port, channelInitializer: initializer)
    }

    /// On a socket that is connected already; it belongs to the connection from then on.
    static func open(socket: CInt, caPEM: String) async throws -> Self {
        let initializer = try initializer(caPEM: caPEM)
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .withConnectedSocket(socket, channelInitializer: initializer)
    }

    private static func initializer(
        caPEM: String
    ) throws -> @Sendable (any Channel) -> EventLoopFuture<TestConnection> {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(caPEM.utf8)))
        tls.applicationProtocols = ["h2"]
        let context = try NIOSSLContext(configuration: tls)
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings.append(HTTP2Setting(parameter: .initialWindowSize, value: 1_048_576))
        connection.targetWindowSize = 1_048_576
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = 1_048_576
        let (connectionConfiguration, streamConfiguration) = (connection, stream)
        return { channel in
            channel.eventLoop.makeCompletedFuture {
                let operations = channel.pipeline.syncOperations
                try operations.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                let multiplexer = try operations.configureHTTP2Pipeline(
                    mode: .client,
                    connectionConfiguration: connectionConfiguration,
                    streamConfiguration: streamConfiguration
                ) { $0.close() }
                return Self(channel: channel, multiplexer: multiplexer)
            }
        }
    }

    /// Opens a stream and sends the headers of a call.
    ///
    /// - Parameter changes: applied to the headers before they are sent.
    func call(
        token: String?,
        autoRead: Bool = true,
        method: String = "POST",
        path: String = "/jumpstarter.v1.RouterService/Stream",
        contentType: String = "application/grpc",
        _ changes: (inout HPACKHeaders) -> Void = { _ in }
    ) async throws -> TestCall {
        var headers: HPACKHeaders = [
            ":method": method, ":scheme": "https", ":authority": "localhost", ":path": path,
            "content-type": contentType, "te": "trailers",
        ]
        if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
        changes(&headers)
        let (events, continuation) = AsyncStream.makeStream(of: TestCall.Event.self)
        let promise = channel.eventLoop.makePromise(of: (any Channel).self)
        multiplexer.createStreamChannel(promise: promise) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.syncOptions?.setOption(.autoRead, value: autoRead)
                try stream.pipeline.syncOperations.addHandler(TestCallHandler(continuation))
            }
        }
        let stream = try await promise.futureResult.get()
        try await stream.writeAndFlush(HTTP2Frame.FramePayload.headers(.init(headers: headers)))
        return TestCall(connection: self, channel: stream, events: events)
    }

    /// Breaks the connection without a word.
    func drop() async throws {
        try await channel.close()
    }
}
