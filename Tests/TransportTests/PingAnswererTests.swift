import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

@Suite("Answering pings")
struct PingAnswererTests {
    private static let preface = ByteBuffer(string: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

    private static func frame(type: UInt8, flags: UInt8 = 0, payload: [UInt8]) -> ByteBuffer {
        ByteBuffer(bytes: [0, 0, UInt8(payload.count), type, flags, 0, 0, 0, 1] + payload)
    }

    private static func ping(_ value: UInt8, flags: UInt8 = 0) -> ByteBuffer {
        frame(type: 6, flags: flags, payload: Array(repeating: value, count: 8))
    }

    private static func connection(budget: Int = 100) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: PingAnswerer(budget: budget))
        try channel.writeInbound(preface)
        #expect(try channel.readInbound(as: ByteBuffer.self) == preface)
        return channel
    }

    private static func send(_ channel: EmbeddedChannel, type: UInt8) throws {
        try channel.writeOutbound(frame(type: type, payload: [1, 2, 3]))
        _ = try channel.readOutbound(as: ByteBuffer.self)
    }

    private static func received(_ channel: EmbeddedChannel) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try channel.readInbound(as: ByteBuffer.self) { bytes += piece.readableBytesView }
        return bytes
    }

    @Test("answers a ping after data was sent, and hides it", arguments: [0, 1] as [UInt8])
    func answers(type: UInt8) throws {
        let channel = try Self.connection()
        try Self.send(channel, type: type)
        try channel.writeInbound(Self.ping(7))
        #expect(try channel.readOutbound(as: ByteBuffer.self) == Self.ping(7, flags: 1))
        #expect(try Self.received(channel).isEmpty)
    }

    @Test("passes a ping on when nothing was sent since the last one")
    func passes() throws {
        let channel = try Self.connection()
        try Self.send(channel, type: 0)
        try channel.writeInbound(Self.ping(1))
        _ = try channel.readOutbound(as: ByteBuffer.self)
        try channel.writeInbound(Self.ping(2))
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
        #expect(try Self.received(channel) == Array(Self.ping(2).readableBytesView))
    }

    @Test("passes acknowledgements and other control frames on, and counts no window update as sent")
    func others() throws {
        let channel = try Self.connection()
        try Self.send(channel, type: 8)
        for frame in [Self.ping(3, flags: 1), Self.frame(type: 4, payload: []), Self.ping(4)] {
            try channel.writeInbound(frame)
            #expect(try Self.received(channel) == Array(frame.readableBytesView))
        }
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
    }

    @Test("keeps to its budget")
    func budget() throws {
        let channel = try Self.connection(budget: 2)
        for _ in 0..<3 {
            try Self.send(channel, type: 0)
            try channel.writeInbound(Self.ping(5))
        }
        #expect(try channel.readOutbound(as: ByteBuffer.self) != nil)
        #expect(try channel.readOutbound(as: ByteBuffer.self) != nil)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
        #expect(try Self.received(channel) == Array(Self.ping(5).readableBytesView))
    }

    @Test("finds pings between other frames, whatever the chunks", arguments: 1...40)
    func chunks(size: Int) throws {
        let channel = try Self.connection()
        // A payload that looks like a ping must not be taken for one.
        let decoy = Self.frame(type: 0, payload: Array(Self.ping(9).readableBytesView))
        var bytes: [UInt8] = []
        for value in 1...5 as ClosedRange<UInt8> {
            bytes += decoy.readableBytesView
            bytes += Self.ping(value).readableBytesView
        }
        var passed: [UInt8] = []
        var answers = 0
        for start in stride(from: 0, to: bytes.count, by: size) {
            try Self.send(channel, type: 0)
            try channel.writeInbound(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            while try channel.readOutbound(as: ByteBuffer.self) != nil { answers += 1 }
            passed += try Self.received(channel)
        }
        // One is answered for each chunk that completes one; all others come through in order.
        let pings = (bytes.count - passed.count) / 17
        #expect(pings == answers && answers > 0)
        #expect(passed.count + 17 * answers == bytes.count)
        #expect(Array(passed.prefix(26)) == Array(decoy.readableBytesView))
    }
}
