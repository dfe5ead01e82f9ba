import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix
import NIOSSL
import Testing

@testable import Router

/// A way for a call to end, and what comes of it.
struct Ending: Sendable, CustomTestStringConvertible {
    let name: String
    /// What the partner is told.
    let code: String
    /// What the peer that ends is told itself; nil if it cannot be told anything.
    var ownCode: String?
    /// Whether the partner has finished sending before.
    var partnerHasFinished = false
    /// Whether the pair goes on until the partner has finished as well.
    var isHalf = false
    /// Whether what is on its way to the router may be lost with it, as the sender's system may drop it.
    var mayLose = false
    /// Whether a stalled partner is told without what is still queued for it.
    var dropsQueue = false
    /// `grpc-timeout` of the peer that ends.
    var timeout: String?
    var configure: @Sendable (inout RouterConfiguration) -> Void = { _ in }
    let end: @Sendable (TestCall, RouterFixture) async throws -> Void

    var testDescription: String { name }

    static let all = closes + resets + cuts + byRouter

    private static let closes: [Ending] = [
        Ending(name: "half-close", code: "0", ownCode: "0", isHalf: true) { call, _ in
            try await call.finish()
        },
        Ending(name: "half-close after the partner's", code: "0", ownCode: "0", partnerHasFinished: true) { call, _ in
            try await call.finish()
        },
        Ending(name: "GOAWAY, half-close", code: "0", ownCode: "0", isHalf: true) { call, _ in
            try await call.connection.goAway()
            try await call.finish()
        },
        Ending(name: "half-close, cancel", code: "0") { call, _ in
            try await call.finish()
            try await call.cancel()
        },
        Ending(name: "half-close, RST_STREAM with INTERNAL_ERROR", code: "14") { call, _ in
            try await call.finish()
            try await call.reset(.internalError)
        },
        Ending(name: "half-close, connection cut", code: "14") { call, _ in
            try await call.finish()
            try await call.connection.cut(reset: false)
        },
    ]

    private static let resets: [Ending] =
        [
            Ending(name: "cancel", code: "14") { call, _ in try await call.cancel() },
            Ending(name: "cancel after the partner's half-close", code: "14", partnerHasFinished: true) { call, _ in
                try await call.cancel()
            },
            Ending(name: "GOAWAY, cancel", code: "14") { call, _ in
                try await call.connection.goAway()
                try await call.cancel()
            },
        ]
        + [
            ("NO_ERROR", .noError), ("PROTOCOL_ERROR", .protocolError), ("INTERNAL_ERROR", .internalError),
            ("FLOW_CONTROL_ERROR", .flowControlError), ("STREAM_CLOSED", .streamClosed),
            ("REFUSED_STREAM", .refusedStream), ("ENHANCE_YOUR_CALM", .enhanceYourCalm),
            ("a code that nobody knows", HTTP2ErrorCode(networkCode: 0xDEAD_BEEF)),
        ].map { (name: String, code: HTTP2ErrorCode) in
            Ending(name: "RST_STREAM with \(name)", code: "14") { call, _ in try await call.reset(code) }
        }

    private static let cuts: [Ending] = [
        Ending(name: "connection closed with TLS's goodbye", code: "14") { call, _ in
            try await call.connection.drop()
        },
        Ending(name: "connection closed without it", code: "14") { call, _ in
            try await call.connection.cut(reset: false)
        },
        Ending(name: "connection closed after the partner's half-close", code: "14", partnerHasFinished: true) {
            call,
            _ in
            try await call.connection.cut(reset: false)
        },
        Ending(name: "connection reset", code: "14", mayLose: true) { call, _ in
            try await call.connection.cut(reset: true)
        },
        Ending(name: "GOAWAY, connection closed", code: "14") { call, _ in
            try await call.connection.goAway()
            try await call.connection.cut(reset: false)
        },
        Ending(name: "a frame that HTTP/2 forbids", code: "14") { call, _ in
            try await call.connection.sendForbidden()
        },
    ]

    private static let byRouter: [Ending] = [
        Ending(name: "deadline", code: "14", ownCode: "4", timeout: "3S") { _, _ in },
        Ending(name: "drain", code: "14", ownCode: "14", dropsQueue: true) {
            $0.drainTimeout = .milliseconds(100)
        } end: { _, router in
            await router.server.drain()
        },
        Ending(name: "end of the lease", code: "9", ownCode: "9", dropsQueue: true) { _, router in
            #expect(router.server.cut(LeaseCut(lease: EndTests.lease, reason: "over")) == 1)
        },
    ]
}

extension TestCall {
    /// Resets the stream.
    func reset(_ code: HTTP2ErrorCode) async throws {
        try await channel.writeAndFlush(HTTP2Frame.FramePayload.rstStream(code))
    }

    /// Takes what comes from now on, after a stall.
    func readOn() async throws {
        try await channel.setOption(.autoRead, value: true).get()
        channel.read()
    }
}

extension TestConnection {
    /// Says that it will accept no streams, as clients do when they leave.
    func goAway() async throws {
        try await send(.goAway(lastStreamID: .rootStream, errorCode: .noError, opaqueData: nil))
    }

    /// Sends DATA on stream 0, past this side's own HTTP/2.
    func sendForbidden() async throws {
        try await past(NIOHTTP2Handler.self) { context in
            context.writeAndFlush(NIOAny(ByteBuffer(bytes: RawPeer.frame(type: 0, [1]))))
        }
    }

    /// Closes the socket without a word of HTTP/2 or TLS.
    ///
    /// - Parameter reset: whether by TCP's RST and not its FIN.
    func cut(reset: Bool) async throws {
        if reset {
            guard let socket = channel as? any SocketOptionProvider else { throw ChannelError.operationUnsupported }
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        // With FIN only this direction is closed: a socket that is closed with something unread in it, such as credit that
        // has just come, says RST instead.
        try await past(NIOSSLClientHandler.self) { context in context.close(mode: reset ? .all : .output) }
    }

    private func send(_ payload: HTTP2Frame.FramePayload) async throws {
        try await channel.writeAndFlush(HTTP2Frame(streamID: .rootStream, payload: payload))
    }

    /// Does something beyond a handler, which then does not see it.
    private func past<Handler: ChannelInboundHandler & SendableMetatype>(
        _ handler: Handler.Type,
        _ body: @escaping @Sendable (ChannelHandlerContext) -> EventLoopFuture<Void>
    ) async throws {
        let channel = channel
        try await channel.eventLoop.flatSubmit {
            do {
                return body(try channel.pipeline.syncOperations.context(handlerType: handler))
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }.get()
    }
}
