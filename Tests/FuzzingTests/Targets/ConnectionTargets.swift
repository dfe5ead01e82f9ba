import NIOCore
import NIOEmbedded
import NIOTLS
import RouterCore
import Transport

@testable import Router

/// Handlers of connections that no call has been read from yet.
enum ConnectionTargets {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let pingLength = 17

    /// Everything but pings goes on, in order; pings are answered.
    static func frameCutter(_ input: FuzzInput) throws {
        let cutter = FrameCutter(
            limits: .init(pings: 5, windowUpdates: 5, others: 5),
            headerTimeout: .seconds(30)
        )
        let faults = FaultRecorder()
        let channel = EmbeddedChannel(handlers: [cutter, faults])
        let (sent, passed, answered) = try feed(channel, input)
        let expected = pings(in: sent)
        if faults.fault == nil {
            try FuzzFinding.unless(expected.others.starts(with: passed), "other bytes were passed on")
            let heldBack = expected.others.count - passed.count
            try FuzzFinding.unless(heldBack < pingLength, "\(heldBack) bytes are held back")
            try FuzzFinding.unless(answered == expected.answers, "other answers")
        } else {
            try FuzzFinding.unless(expected.others.starts(with: passed), "other bytes were passed on before the end")
            try FuzzFinding.unless(expected.answers.starts(with: answered), "other answers before the end")
        }
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    /// Nothing is lost: what does not go on is a ping, and was answered.
    static func pingAnswerer(_ input: FuzzInput) throws {
        let channel = EmbeddedChannel(handler: PingAnswerer(budget: 3))
        // From now on one ping may be answered; see the handler.
        try channel.writeOutbound(ByteBuffer(bytes: [0, 0, 0, 0, 0, 0, 0, 0, 1]))
        _ = try channel.readOutbound(as: ByteBuffer.self)
        let (sent, passed, answered) = try feed(channel, input)
        try FuzzFinding.unless(answered.count % pingLength == 0, "half an answer")
        let missing = sent.count - passed.count
        try FuzzFinding.unless(
            missing - answered.count >= 0 && missing - answered.count < pingLength,
            "\(missing) bytes are missing and \(answered.count) are answered"
        )
        if answered.isEmpty { try FuzzFinding.unless(sent.starts(with: passed), "other bytes were passed on") }
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    /// What is behind the gate sees the connection from its start, and every byte in order, or nothing at all.
    static func alpnGate(_ input: FuzzInput) throws {
        var input = input
        let channel = EmbeddedChannel()
        let seen = ReadRecorder()
        let bound = NIOLoopBound(seen, eventLoop: channel.eventLoop)
        let promises = NIOLoopBoundBox<[EventLoopPromise<Void>]>([], eventLoop: channel.eventLoop)
        let gate = ALPNGate(timeout: .seconds(10)) { _, channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(bound.value)
            }.flatMap {
                let promise = channel.eventLoop.makePromise(of: Void.self)
                promises.value.append(promise)
                return promise.futureResult
            }
        }
        try channel.pipeline.syncOperations.addHandler(gate)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        var sent: [UInt8] = []
        while channel.isActive, let event = input.next() {
            switch event % 6 {
            case 0:
                channel.pipeline.fireUserInboundEventTriggered(
                    TLSUserEvent.handshakeCompleted(negotiatedProtocol: "h2")
                )
            case 1:
                channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
            case 2:
                let piece = input.nextPiece() ?? []
                sent += piece
                try channel.writeInbound(ByteBuffer(bytes: piece))
            case 3: channel.embeddedEventLoop.advanceTime(by: .seconds(Int64(event / 6)))
            case 4: promises.value.popLast()?.succeed()
            default:
                if event > 200 { channel.close(promise: nil) }
            }
        }
        for promise in promises.value { promise.succeed() }
        channel.embeddedEventLoop.run()
        try FuzzFinding.unless(sent.starts(with: seen.bytes), "other bytes behind the gate")
        try FuzzFinding.unless(seen.bytes.isEmpty || seen.wasActive, "bytes before the connection was there")
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    /// Sends the greeting and then the input, in pieces.
    private static func feed(
        _ channel: EmbeddedChannel,
        _ input: FuzzInput
    ) throws -> (sent: [UInt8], passed: [UInt8], answered: [UInt8]) {
        var input = input
        let step = 1 + Int(input.next() ?? 0)
        let sent = preface + input.bytes
        var passed: [UInt8] = []
        var answered: [UInt8] = []
        for start in stride(from: 0, to: sent.count, by: step) {
            try channel.writeInbound(ByteBuffer(bytes: sent[start..<min(start + step, sent.count)]))
            while let piece = try channel.readInbound(as: ByteBuffer.self) { passed += piece.readableBytesView }
            while let piece = try channel.readOutbound(as: ByteBuffer.self) { answered += piece.readableBytesView }
        }
        return (sent, passed, answered)
    }

    /// What is no whole ping, and the answers to those that are.
    private static func pings(in bytes: [UInt8]) -> (others: [UInt8], answers: [UInt8]) {
        var others = Array(bytes.prefix(preface.count))
        var answers: [UInt8] = []
        var rest = bytes.dropFirst(preface.count)
        while rest.count >= 9 {
            let header = Array(rest.prefix(9))
            let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
            let frame = Array(rest.prefix(9 + length))
            rest = rest.dropFirst(frame.count)
            if length == 8, header[3] == 6, header[4] & 1 == 0 {
                if frame.count < pingLength { return (others + frame, answers) }
                answers += frame.prefix(4) + [1] + frame.dropFirst(5)
            } else {
                others += frame
            }
        }
        return (others + rest, answers)
    }
}

private final class FaultRecorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private(set) var fault: ConnectionFault?

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ConnectionFaultEvent { fault = event.fault }
    }
}

private final class ReadRecorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private(set) var wasActive = false
    private(set) var bytes: [UInt8] = []

    func channelActive(context: ChannelHandlerContext) {
        wasActive = true
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytesView
    }
}
