import NIOCore
import NIOHPACK
import NIOHTTP2

/// One call to a router, seen from its peer. For one task at a time.
final class TestCall {
    enum Event: Sendable {
        case headers(HPACKHeaders)
        case data(ByteBuffer)
        case trailers(HPACKHeaders)
        case reset(HTTP2ErrorCode)
        case closed
    }

    /// The status at the end of a call.
    struct Status: Equatable {
        var code: String?
        var message: String?
    }

    /// The stream ended without a status.
    struct NoStatus: Error {}

    let connection: TestConnection
    let channel: any Channel
    private var events: AsyncStream<Event>.Iterator
    private(set) var headers: HPACKHeaders?
    private var trailers: HPACKHeaders?
    private var buffered = ByteBuffer()

    init(connection: TestConnection, channel: any Channel, events: AsyncStream<Event>) {
        self.connection = connection
        self.channel = channel
        self.events = events.makeAsyncIterator()
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await channel.writeAndFlush(HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(bytes))))
    }

    func send(_ text: String) async throws {
        try await send(ByteBuffer(string: text))
    }

    /// Finishes sending.
    func finish() async throws {
        try await channel.writeAndFlush(
            HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(ByteBuffer()), endStream: true))
        )
    }

    /// Resets the stream with CANCEL.
    func cancel() async throws {
        try await channel.writeAndFlush(HTTP2Frame.FramePayload.rstStream(.cancel))
    }

    /// Waits until the router has answered, which it does once there is a partner.
    func waitForHeaders() async throws {
        while headers == nil { try await next() }
    }

    /// Exactly this many bytes.
    func receive(_ count: Int) async throws -> ByteBuffer {
        while buffered.readableBytes < count { try await next() }
        guard let slice = buffered.readSlice(length: count) else { throw NoStatus() }
        buffered.discardReadBytes()
        return slice
    }

    /// As many bytes as `text` has.
    func receive(_ text: String) async throws -> String {
        try await String(buffer: receive(text.utf8.count))
    }

    /// Everything until the end, and the status.
    func receiveRest() async throws -> (bytes: ByteBuffer, status: Status) {
        while trailers == nil { try await next() }
        return (
            buffered,
            Status(
                code: trailers?.first(name: "grpc-status"),
                message: trailers?.first(name: "grpc-message")
            )
        )
    }

    /// The code of the status, whatever came before it.
    func code() async throws -> String? {
        try await receiveRest().status.code
    }

    /// Waits until the stream is closed.
    func waitForClose() async throws {
        try await channel.closeFuture.get()
    }

    private func next() async throws {
        switch await events.next(isolation: #isolation) {
        case .headers(let headers): self.headers = headers
        case .data(var buffer): buffered.writeBuffer(&buffer)
        case .trailers(let trailers):
            if headers == nil { headers = trailers }
            self.trailers = trailers
        case .reset, .closed, nil: throw NoStatus()
        }
    }
}

/// Turns what a stream receives into events.
final class TestCallHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload

    private let events: AsyncStream<TestCall.Event>.Continuation

    init(_ events: AsyncStream<TestCall.Event>.Continuation) {
        self.events = events
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let frame):
            events.yield(frame.endStream ? .trailers(frame.headers) : .headers(frame.headers))
        case .data(let frame):
            if case .byteBuffer(let buffer) = frame.data { events.yield(.data(buffer)) }
        default:
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let closed = error as? NIOHTTP2Errors.StreamClosed { events.yield(.reset(closed.errorCode)) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        events.yield(.closed)
        events.finish()
    }
}
