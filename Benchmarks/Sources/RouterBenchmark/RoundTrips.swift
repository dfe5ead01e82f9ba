import NIOCore
import NIOHTTP2

/// Measures how long a small message takes to the partner and back.
struct RoundTrips {
    /// A keystroke on a console, with gRPC's and protobuf's framing.
    static let size = 64

    let connector: Connector
    let count: Int

    func measure() async throws -> Measurement {
        let (results, continuation) = AsyncStream.makeStream(of: [Int64].self)
        let (count, size) = (count, Self.size)
        let channels = try await connector.pair(
            client: { Pinger(count: count, size: size, done: continuation) },
            partner: { Echo() }
        )
        defer { for channel in channels { channel.parent?.close(promise: nil) } }
        for await times in results {
            var measurement = Measurement("round_trip", ["bytes": Double(size), "n": Double(times.count)])
            measurement.add(roundTrips: times)
            return measurement
        }
        throw ChannelError.eof
    }
}

extension Measurement {
    /// - Parameter times: nanoseconds; at least one.
    mutating func add(roundTrips times: [Int64]) {
        let sorted = times.sorted()
        func microseconds(_ part: Double) -> Double { Double(sorted[Int(Double(sorted.count - 1) * part)]) / 1e3 }
        self["p50_us"] = microseconds(0.5)
        self["p99_us"] = microseconds(0.99)
    }
}

/// Sends back what it receives.
final class Echo: PeerHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let buffer = self.data(data) { context.write(frame(buffer), promise: nil) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
    }
}

/// Sends a message and waits for it to come back, again and again, until it has as many times as wanted. ``Again`` has it
/// begin anew.
final class Pinger: PeerHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    struct Again {}

    private let count: Int
    private let message: ByteBuffer
    private let done: AsyncStream<[Int64]>.Continuation
    private var times: [Int64] = []
    private var sentAt = NIODeadline.now()
    private var missing = 0
    /// Whether the first message, which waits for its partner, has come back.
    private var hasPartner = false

    init(count: Int, size: Int, done: AsyncStream<[Int64]>.Continuation) {
        self.count = count
        message = ByteBuffer(repeating: 0x5A, count: size)
        self.done = done
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let buffer = self.data(data) else { return }
        missing -= buffer.readableBytes
        guard missing == 0 else { return }
        if hasPartner { times.append((NIODeadline.now() - sentAt).nanoseconds) }
        hasPartner = true
        if times.count < count {
            send(context: context)
        } else {
            done.yield(times)
        }
    }

    /// Sends first, unasked: nginx does not call its server before it has something of the caller's message.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is Connector.CallOpened { send(context: context) }
        if event is Again {
            times.removeAll(keepingCapacity: true)
            send(context: context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.finish()
    }

    private func send(context: ChannelHandlerContext) {
        sentAt = .now()
        missing = message.readableBytes
        context.writeAndFlush(frame(message), promise: nil)
    }
}
