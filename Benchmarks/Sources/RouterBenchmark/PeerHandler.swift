import NIOCore
import NIOHTTP2
import Synchronization

/// One side of a tunnel.
protocol PeerHandler: ChannelInboundHandler, SendableMetatype
where InboundIn == HTTP2Frame.FramePayload, OutboundOut == HTTP2Frame.FramePayload {}

extension PeerHandler {
    /// The payload of a DATA frame.
    func data(_ message: NIOAny) -> ByteBuffer? {
        guard case .data(let frame) = unwrapInboundIn(message), case .byteBuffer(let buffer) = frame.data else {
            return nil
        }
        return buffer
    }

    func frame(_ buffer: ByteBuffer) -> NIOAny {
        wrapOutboundOut(.data(.init(data: .byteBuffer(buffer))))
    }
}

/// Sends as much as the tunnel takes, as soon as it has heard from its partner; see ``Order``.
final class Flooder: PeerHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// Fired at its stream.
    enum Order {
        case pause
        case goOn
    }

    /// The frames of one message: of at most 16,384 bytes each.
    private let frames: [ByteBuffer]
    private let messagesPerFlush: Int
    private var isWriting = false
    private var isPaused: Bool

    init(payload: Int, isPaused: Bool = false) {
        self.isPaused = isPaused
        let message = ByteBuffer(repeating: 0xA5, count: payload)
        frames = stride(from: 0, to: payload, by: 16_384).compactMap {
            message.getSlice(at: $0, length: min(16_384, payload - $0))
        }
        messagesPerFlush = max(1, 65_536 / payload)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        write(context: context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        write(context: context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? Order {
        case .pause: isPaused = true
        case .goOn:
            isPaused = false
            write(context: context)
        case nil: context.fireUserInboundEventTriggered(event)
        }
    }

    private func write(context: ChannelHandlerContext) {
        if isWriting { return }
        isWriting = true
        defer { isWriting = false }
        while !isPaused, context.channel.isWritable, context.channel.isActive {
            for _ in 0..<messagesPerFlush {
                for buffer in frames { context.write(frame(buffer), promise: nil) }
            }
            context.flush()
        }
    }
}

/// Counts what it receives.
final class Sink: PeerHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let counter: ByteCounter

    init(counter: ByteCounter) {
        self.counter = counter
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if let buffer = self.data(data) { counter.add(buffer.readableBytes) }
    }
}

/// A sum of bytes, added to by event loops.
final class ByteCounter: Sendable {
    private let sum = Atomic<Int>(0)

    var value: Int { sum.load(ordering: .relaxed) }

    func add(_ count: Int) {
        sum.add(count, ordering: .relaxed)
    }
}
