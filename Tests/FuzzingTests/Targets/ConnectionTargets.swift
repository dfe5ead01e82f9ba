import NIOCore
import NIOEmbedded
import NIOHPACK
import RouterCore
import Transport

@testable import Router

/// Handlers of connections that no call has been read from yet.
enum ConnectionTargets {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let pingLength = 17

    /// Everything but pings and the lane's credit goes on, in order; pings are answered.
    static func frameCutter(_ input: FuzzInput) throws {
        let cutter = FrameCutter(
            limits: .init(pings: 5, windowUpdates: 5, others: 5, unproven: 12),
            headerTimeout: .seconds(30),
            lane: DataLane(streamWindow: 65_535, connectionWindow: 65_535)
        )
        let faults = FaultRecorder()
        let channel = EmbeddedChannel(handlers: [cutter, faults])
        let (sent, passed, answered) = try feed(channel, input)
        let expected = pings(in: sent)
        if faults.fault == nil {
            try FuzzFinding.unless(expected.others.starts(with: passed), "other bytes were passed on")
            let heldBack = expected.others.count - passed.count
            try FuzzFinding.unless(heldBack < expected.mayHold, "\(heldBack) bytes are held back")
            try FuzzFinding.unless(answered == expected.answers, "other answers")
        } else {
            try FuzzFinding.unless(expected.others.starts(with: passed), "other bytes were passed on before the end")
            try FuzzFinding.unless(expected.answers.starts(with: answered), "other answers before the end")
        }
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    /// The DATA of streams on the lane comes to them and nowhere else, wherever the bytes of the connection are cut.
    static func dataLane(_ input: FuzzInput) throws {
        let (sent, whole) = try wholeAndCut(preface, input, LaneRun.init)
        let expected = LaneRun.payloads(in: sent.dropFirst(preface.count))
        for (stream, payload) in whole.payloads {
            let wanted = expected[stream] ?? []
            let isWhole = whole.fault == nil && whole.resets.isEmpty
            try FuzzFinding.unless(isWhole ? wanted == payload : wanted.starts(with: payload), "another payload")
        }
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

    /// All that is written and flushed leaves, in order, in pieces that fit into TLS's records; promises are kept then.
    static func writeCoalescer(_ input: FuzzInput) throws {
        var input = input
        let coalescer = WriteCoalescer()
        let channel = EmbeddedChannel(handler: Passing())
        let context = try channel.pipeline.syncOperations.context(handlerType: Passing.self)
        let kept = NIOLoopBoundBox(0, eventLoop: channel.eventLoop)
        var (written, promised, left) = ([UInt8](), 0, [UInt8]())
        func flush() throws {
            coalescer.emit(to: context)
            channel.flush()
            while let piece = try channel.readOutbound(as: ByteBuffer.self) {
                let length = piece.readableBytes
                try FuzzFinding.unless(length <= WriteCoalescer.recordSize, "a piece of \(length)")
                left += piece.readableBytesView
            }
            try FuzzFinding.unless(left == written, "\(left.count) of \(written.count) bytes have left, or others")
            try FuzzFinding.unless(kept.value == promised, "\(kept.value) of \(promised) promises are kept")
        }
        while let event = input.next() {
            if event == 0 {
                try flush()
                continue
            }
            // Many small sizes, and some about a record's and beyond.
            let size = event < 128 ? Int(event) : (Int(event) - 128) * 200 + written.count % 3
            let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: written.count), count: size)
            written += bytes
            var promise: EventLoopPromise<Void>?
            if event % 4 == 1 {
                let new = channel.eventLoop.makePromise(of: Void.self)
                new.futureResult.whenSuccess { kept.value += 1 }
                (promise, promised) = (new, promised + 1)
            }
            coalescer.write(ByteBuffer(bytes: bytes), promise: promise, to: context)
        }
        try flush()
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
        let (passed, answered) = try feed(channel, sent, step: step)
        return (sent, passed, answered)
    }

    /// Sends a greeting and the input, once in one read and once in many.
    ///
    /// - Throws: ``FuzzFinding`` unless the same comes of both.
    static func wholeAndCut<Run: Equatable>(
        _ greeting: [UInt8],
        _ input: FuzzInput,
        _ run: (_ sent: [UInt8], _ step: Int) throws -> Run
    ) throws -> (sent: [UInt8], run: Run) {
        var input = input
        let step = 1 + Int(input.next() ?? 0)
        let sent = greeting + input.bytes
        let whole = try run(sent, sent.count)
        let cut = try run(sent, step)
        try FuzzFinding.unless(whole == cut, "something else when cut: \(whole), \(cut)")
        return (sent, whole)
    }

    /// - Parameter step: how many of the bytes come with each read.
    static func feed(
        _ channel: EmbeddedChannel,
        _ sent: [UInt8],
        step: Int
    ) throws -> (passed: [UInt8], answered: [UInt8]) {
        var passed: [UInt8] = []
        var answered: [UInt8] = []
        for start in stride(from: 0, to: sent.count, by: step) {
            try channel.writeInbound(ByteBuffer(bytes: sent[start..<min(start + step, sent.count)]))
            // What the cutter keeps for later turns.
            channel.embeddedEventLoop.run()
            while let piece = try channel.readInbound(as: ByteBuffer.self) { passed += piece.readableBytesView }
            while let piece = try channel.readOutbound(as: ByteBuffer.self) { answered += piece.readableBytesView }
        }
        return (passed, answered)
    }

    /// What is no whole ping and no credit of the connection, the answers to the pings, and how much may be held back
    /// until more has come.
    private static func pings(in bytes: [UInt8]) -> (others: [UInt8], answers: [UInt8], mayHold: Int) {
        var others = Array(bytes.prefix(preface.count))
        var answers: [UInt8] = []
        var isInHeaderBlock = false
        let (frames, rest) = WireFrame.all(in: bytes.dropFirst(preface.count))
        for frame in frames {
            switch frame.type {
            case 6 where frame.length == 8 && frame.flags & 1 == 0:
                if !frame.isWhole { return (others + frame.bytes, answers, pingLength) }
                answers += frame.bytes.prefix(4) + [1] + frame.bytes.dropFirst(5)
            case 8 where frame.length == 4 && !isInHeaderBlock:
                if !frame.isWhole { return (others + frame.bytes, answers, 13) }
                let increment = frame.payload.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
                if frame.stream != 0 || increment == 0 { others += frame.bytes }
            case 4 where frame.stream == 0 && !isInHeaderBlock && frame.flags & 1 == 0 && !frame.isWhole:
                // Settings are looked at whole.
                return (others + frame.bytes, answers, 9 + min(frame.length, 16_384))
            default:
                if frame.isOfHeaderBlock { isInHeaderBlock = frame.leavesHeaderBlockOpen }
                others += frame.bytes
            }
        }
        return (others + rest, answers, FrameBorders.headerLength)
    }
}

/// What has become of the bytes of a connection with two streams on the lane.
private struct LaneRun: Equatable {
    private static let streams: [UInt32] = [1, 3]

    private(set) var payloads: [UInt32: [UInt8]] = [:]
    /// Streams whose peer has sent more than its window.
    private(set) var resets: [UInt32] = []
    let passed: [UInt8]
    let answered: [UInt8]
    private(set) var fault: ConnectionFault?

    /// - Parameter step: how many of the bytes come with each read.
    init(_ sent: [UInt8], step: Int) throws {
        let lane = DataLane(streamWindow: 300, connectionWindow: 400)
        let faults = FaultRecorder()
        let cutter = FrameCutter(
            limits: .init(pings: 5, windowUpdates: 5, others: 5, unproven: 12),
            headerTimeout: .seconds(30),
            lane: lane
        )
        let channel = EmbeddedChannel(handlers: [cutter, faults])
        let calls = Self.streams.map { (id: $0, call: CallRecorder()) }
        for (id, call) in calls { _ = lane.open(id, call) }
        (passed, answered) = try ConnectionTargets.feed(channel, sent, step: step)
        fault = faults.fault
        for (id, call) in calls {
            payloads[id] = call.payload
            if call.isReset { resets.append(id) }
        }
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    /// What the frames say, without any limit.
    static func payloads(in bytes: ArraySlice<UInt8>) -> [UInt32: [UInt8]] {
        var payloads: [UInt32: [UInt8]] = [:]
        var ended: Set<UInt32> = []
        var isInHeaderBlock = false
        for frame in WireFrame.all(in: bytes).frames {
            if frame.isOfHeaderBlock { isInHeaderBlock = frame.leavesHeaderBlockOpen }
            guard frame.type == 0, !isInHeaderBlock, streams.contains(frame.stream), !ended.contains(frame.stream),
                frame.length <= 16_384
            else { continue }
            var payload = frame.payload
            if frame.flags & 8 != 0, frame.length > 0 {
                guard let padding = payload.popFirst(), Int(padding) < frame.length else { continue }
                payload = payload.prefix(frame.length - 1 - Int(padding))
            }
            payloads[frame.stream, default: []] += payload
            if frame.flags & 1 != 0 { ended.insert(frame.stream) }
        }
        return payloads
    }
}

private final class CallRecorder: HTTP2Call {
    /// What it has been told to hand on; the rest of what has come is not its partner's yet.
    private(set) var payload: [UInt8] = []
    private(set) var isReset = false
    private var received: [UInt8] = []

    func receive(_ payload: UnsafeRawBufferPointer, expected: Int) {
        received += payload
    }

    func handOn() {
        payload += received
        received = []
    }

    func opened(_ stream: DataLane.Stream, _ headers: HPACKHeaders, hasEnded: Bool) {}
    func ended() {}
    func drain() {}
    func closed(_ code: HTTP2Code?) {}

    func exceededWindow() {
        isReset = true
    }
}

private final class FaultRecorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private(set) var fault: ConnectionFault?

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ConnectionFaultEvent { fault = event.fault }
    }
}

/// Has a place in the pipeline, and nothing to say.
private final class Passing: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
}
