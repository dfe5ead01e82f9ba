import NIOCore
import NIOEmbedded
import NIOHPACK
import RouterCore

@testable import Router

/// A connection of a router, from its greeting on.
enum HTTP2Target {
    private static let greeting = ConnectionTargets.preface + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    /// Wherever the bytes are cut, the same calls come, with the same data and the same ends, and the same is said to the
    /// peer, in whole frames. A call is opened and closed once, and hears nothing after that.
    static func connection(_ input: FuzzInput) throws {
        let (_, whole) = try ConnectionTargets.wholeAndCut(greeting, input, HTTP2Run.init)
        try FuzzFinding.unless(whole.isWellFormed, "half a frame was sent")
        try FuzzFinding.unless(whole.violations.count < 2, "two reasons for one end: \(whole.violations)")
        if let finding = whole.calls.values.compactMap(\.finding).first { throw FuzzFinding(finding) }
    }
}

/// What has become of the bytes of a connection.
private struct HTTP2Run: Equatable {
    private(set) var calls: [UInt32: CallRecord] = [:]
    let answer: [UInt8]
    let violations: [HTTP2Violation]

    /// - Parameter step: how many of the bytes come with each read.
    init(_ sent: [UInt8], step: Int) throws {
        var configuration = RouterConfiguration.defaults
        configuration.maximumPings = 5
        configuration.maximumWindowUpdates = 5
        configuration.maximumUselessFrames = 5
        configuration.maximumStreamsPerConnection = 3
        configuration.maximumHeaderBytes = 200
        configuration.windowSize = 300
        configuration.connectionWindowSize = 70_000
        let channel = EmbeddedChannel()
        let lane = DataLane(
            streamWindow: configuration.windowSize,
            connectionWindow: configuration.connectionWindowSize
        )
        let delegate = RecordingDelegate()
        var records: [RecordingCall] = []
        let connection = HTTP2Connection(
            channel: channel,
            configuration: configuration,
            lane: lane,
            delegate: delegate
        ) { connection in
            let call = RecordingCall(connection)
            records.append(call)
            return call
        }
        let cutter = FrameCutter(limits: configuration.frameLimits, headerTimeout: .seconds(30), lane: lane)
        try channel.pipeline.syncOperations.addHandlers([cutter, connection])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        answer = try ConnectionTargets.feed(channel, sent, step: step).answered
        channel.pipeline.fireChannelReadComplete()
        _ = try channel.finish(acceptAlreadyClosed: true)
        for call in records { calls[call.id] = call.record }
        violations = delegate.violations
    }

    /// Whether the answer is whole frames.
    var isWellFormed: Bool {
        let (frames, rest) = WireFrame.all(in: answer[...])
        return rest.isEmpty && frames.allSatisfy(\.isWhole)
    }
}

/// What one call has heard.
private struct CallRecord: Equatable {
    var headers: [String] = []
    var payload: [UInt8] = []
    var ends = 0
    var code: UInt32?
    var isClosed = false
    /// What it must not have heard.
    var finding: String?
}

private final class RecordingDelegate: HTTP2ConnectionDelegate {
    private(set) var violations: [HTTP2Violation] = []

    func added(_ connection: HTTP2Connection) {}
    func removed() {}
    func began() {}
    func streamOpened() {}
    func streamClosed() {}
    func heard() {}
    func received(_ event: Any) {}
    func failed(_ error: any Error) {}

    func end(_ violation: HTTP2Violation, lastStream: UInt32) {
        violations.append(violation)
    }
}

/// Every second stream is answered and ended at once, as a call that is refused is.
private final class RecordingCall: HTTP2Call {
    private let connection: HTTP2Connection
    private(set) var id: UInt32 = 0
    private(set) var record = CallRecord()
    private var received: [UInt8] = []

    init(_ connection: HTTP2Connection) {
        self.connection = connection
    }

    func opened(_ stream: DataLane.Stream, _ headers: HPACKHeaders, hasEnded: Bool) {
        if id != 0 || stream.id % 2 == 0 { record.finding = "a stream was opened that cannot be" }
        id = stream.id
        record.headers = headers.map { "\($0.name): \($0.value)" }
        record.ends = hasEnded ? 1 : 0
        let answer: HPACKHeaders = [":status": "200", "grpc-status": "0"]
        connection.send(try HeaderBlock(answer), on: stream, endStream: id % 4 == 1)
    }

    func receive(_ payload: UnsafeRawBufferPointer, expected: Int) {
        // A frame that has begun goes on to its end.
        if !record.isClosed { received += payload }
    }

    func handOn() {
        record.payload += received
        received = []
    }

    func ended() {
        if record.isClosed || record.ends > 0 { record.finding = "a stream ended twice" }
        record.ends += 1
    }

    func drain() {}

    func exceededWindow() {
        if let stream = connection.lane.stream(id) { connection.failStream(stream, .flowControlError) }
    }

    func closed(_ code: HTTP2Code?) {
        handOn()
        if record.isClosed { record.finding = "a stream was closed twice" }
        record.isClosed = true
        record.code = code?.rawValue
    }
}
