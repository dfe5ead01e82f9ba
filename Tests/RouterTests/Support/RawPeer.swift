import NIOCore
import NIOHPACK
import NIOPosix
import NIOSSL

/// A peer that speaks TLS properly and then sends whatever bytes a test wants.
final class RawPeer {
    /// HTTP/2's greeting and empty SETTINGS.
    static let greeting = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").bytes + frame(type: 4)

    let channel: any Channel
    private var frames: AsyncStream<Frame>.Iterator
    private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())

    struct Frame: Sendable {
        var type: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]
    }

    private init(channel: any Channel, frames: AsyncStream<Frame>) {
        self.channel = channel
        self.frames = frames.makeAsyncIterator()
    }

    /// - Parameter receiveBuffer: what the system takes for it while it does not read, in bytes; nil for what is usual.
    static func open(port: Int, caPEM: String, receiveBuffer: Int? = nil) async throws -> RawPeer {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(caPEM.utf8)))
        tls.applicationProtocols = ["h2"]
        let context = try NIOSSLContext(configuration: tls)
        let (stream, continuation) = AsyncStream.makeStream(of: Frame.self)
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBuffer))
        }
        let channel =
            try await bootstrap
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOSSLClientHandler(context: context, serverHostname: "localhost"),
                        RawPeerHandler(continuation),
                    ])
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawPeer(channel: channel, frames: stream)
    }

    static func frame(type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let length = UInt32(payload.count)
        return [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
            + bigEndian(stream) + payload
    }

    static func bigEndian(_ number: UInt32) -> [UInt8] {
        [UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
    }

    /// Sends; a router that has closed already is what many tests are about.
    func send(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Begins HTTP/2 and acknowledges the router's settings.
    func greet() async throws {
        send(Self.greeting)
        while let frame = await next() {
            if frame.type == 4, frame.flags & 1 == 0 { return send(Self.frame(type: 4, flags: 1)) }
        }
    }

    /// The HEADERS frame of a call.
    func call(stream: UInt32, token: String?, flags: UInt8 = 0x4, more: [(String, String)] = []) throws -> [UInt8] {
        Self.frame(type: 1, flags: flags, stream: stream, try headerBlock(token: token, more: more))
    }

    func headerBlock(token: String?, more: [(String, String)] = []) throws -> [UInt8] {
        var headers: HPACKHeaders = [
            ":method": "POST", ":scheme": "https", ":authority": "localhost",
            ":path": "/jumpstarter.v1.RouterService/Stream", "content-type": "application/grpc", "te": "trailers",
        ]
        if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
        for (name, value) in more { headers.add(name: name, value: value) }
        var buffer = ByteBuffer()
        try encoder.encode(headers: headers, to: &buffer)
        return buffer.bytes
    }

    /// The next frame of the router; nil once it has closed the connection.
    func next() async -> Frame? {
        await frames.next(isolation: #isolation)
    }

    /// Waits until the router has closed the connection.
    ///
    /// - Returns: the error code of its last GOAWAY, if it sent one.
    func codeOfEnd() async -> UInt32? {
        var code: UInt32?
        while let frame = await next() {
            if frame.type == 7 { code = frame.payload[4..<8].reduce(0) { $0 << 8 | UInt32($1) } }
        }
        return code
    }
}

extension ByteBuffer {
    var bytes: [UInt8] { Array(readableBytesView) }
}

/// Cuts what the router sends into frames.
private final class RawPeerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let frames: AsyncStream<RawPeer.Frame>.Continuation
    private var buffer = ByteBuffer()

    init(_ frames: AsyncStream<RawPeer.Frame>.Continuation) {
        self.frames = frames
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        buffer.writeBuffer(&bytes)
        while let header = buffer.getBytes(at: buffer.readerIndex, length: 9) {
            let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
            guard buffer.readableBytes >= 9 + length else { break }
            buffer.moveReaderIndex(forwardBy: 9)
            let stream = header[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let payload = buffer.readBytes(length: length) ?? []
            frames.yield(.init(type: header[3], flags: header[4], stream: stream, payload: payload))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        frames.finish()
    }
}
