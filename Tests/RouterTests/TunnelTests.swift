import Crypto
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Router

@Suite("A tunnel", .timeLimit(.minutes(5)))
struct TunnelTests {
    /// Sends `total` bytes in pieces of random sizes.
    private static func send(_ total: Int, seed: UInt64, to call: TestCall) async throws -> SHA256.Digest {
        var noise = SeededGenerator(seed: seed)
        var hash = SHA256()
        var left = total
        while left > 0 {
            let size = min(left, Int.random(in: 1...70_000, using: &noise))
            let piece = noise.bytes(size)
            hash.update(data: Data(piece.readableBytesView))
            left -= size
            try await call.send(piece)
        }
        try await call.finish()
        return hash.finalize()
    }

    private static func digest(_ bytes: ByteBuffer) -> SHA256.Digest {
        SHA256.hash(data: Data(bytes.readableBytesView))
    }

    @Test("carries every byte unchanged, both ways at once")
    func fidelity() async throws {
        try await RouterFixture.withRouter { router in
            let total = 3_000_000
            let (first, second) = try await router.pair("s")
            // Proof: each peer is sent to by one child task only, and received from by this one; both ends are done
            // before the function returns.
            nonisolated(unsafe) let (a, b) = (first, second)
            async let sentByFirst = Self.send(total, seed: 1, to: a)
            async let sentBySecond = Self.send(total, seed: 2, to: b)
            let (atSecond, endOfSecond) = try await second.receiveRest()
            let (atFirst, endOfFirst) = try await first.receiveRest()
            #expect(try await Self.digest(atSecond) == sentByFirst)
            #expect(try await Self.digest(atFirst) == sentBySecond)
            #expect(endOfFirst.code == "0")
            #expect(endOfSecond.code == "0")
            #expect(router.server.load.bytes == UInt64(2 * total))
        }
    }

    @Test("carries thousands of tiny payloads in order")
    func tinyPayloads() async throws {
        try await RouterFixture.withRouter { router in
            let (first, second) = try await router.pair("s")
            var expected = ""
            for number in 0..<1_000 {
                expected += "\(number),"
                try await first.send("\(number),")
            }
            #expect(try await second.receive(expected) == expected)
        }
    }

    @Test("goes on in one direction after the other has ended, and ends with OK")
    func halfClose() async throws {
        try await RouterFixture.withRouter { router in
            let (first, second) = try await router.pair("s")
            try await first.send("bye")
            try await first.finish()
            #expect(try await second.receive("bye") == "bye")
            for text in ["still", "here"] {
                try await second.send(text)
                #expect(try await first.receive(text) == text)
            }
            try await second.finish()
            #expect(try await first.code() == "0")
            #expect(try await second.code() == "0")
        }
    }

    @Test("keeps what a first call sent and finished before its partner came")
    func finishedEarly() async throws {
        try await RouterFixture.withRouter { router in
            let first = try await router.call("s")
            try await first.send("early")
            try await first.finish()
            let second = try await router.call("s")
            #expect(try await second.receive("early") == "early")
            try await second.finish()
            #expect(try await second.code() == "0")
            #expect(try await first.code() == "0")
        }
    }

    @Test("tells the other side UNAVAILABLE after all that was sent, when one side cancels")
    func cancelled() async throws {
        try await RouterFixture.withRouter { router in
            let (first, second) = try await router.pair("s")
            let sent = noiseOf(900_000)
            try await first.send(sent)
            try await first.cancel()
            let (bytes, status) = try await second.receiveRest()
            #expect(bytes == sent)
            #expect(status.code == "14")
            try await second.waitForClose()
        }
    }

    @Test("tells the other side UNAVAILABLE after all that was sent, when one side's connection breaks")
    func broken() async throws {
        try await RouterFixture.withRouter { router in
            let (first, second) = try await router.pair("s")
            let sent = noiseOf(900_000)
            try await second.send(sent)
            try await second.connection.drop()
            let (bytes, status) = try await first.receiveRest()
            #expect(bytes == sent)
            #expect(status.code == "14")
            #expect(router.server.load.pairs == 0)
        }
    }

    @Test("ends with OK when a side leaves after it has finished")
    func leaves() async throws {
        try await RouterFixture.withRouter { router in
            let (first, second) = try await router.pair("s")
            try await first.send("bye")
            try await first.finish()
            try await first.cancel()
            let (bytes, status) = try await second.receiveRest()
            #expect(String(buffer: bytes) == "bye")
            #expect(status.code == "0")
        }
    }

    @Test("tells the other side when a peer falls silent without closing its connection")
    func silentLoss() async throws {
        try await RouterFixture.withRouter { configuration in
            configuration.keepaliveInterval = .milliseconds(200)
            configuration.keepaliveTimeout = .seconds(5)
        } _: { router in
            let (first, second) = try await router.pair("s")
            // It reads nothing any more, so it answers no ping; its socket stays open.
            try await first.connection.channel.setOption(.autoRead, value: false).get()
            #expect(try await second.code() == "14")
        }
    }

    @Test("stops the writer of a reader that takes nothing, and loses nothing")
    func stalledReader() async throws {
        try await RouterFixture.withRouter { router in
            let total = 12_800_000
            let piece = 64_000
            let writer = try await router.call("stalled")
            let reader = try await router.call("stalled", autoRead: false)
            let accepted = NIOLockedCounter()
            let sent = noiseOf(piece)
            for _ in 0..<(total / piece) {
                writer.channel.writeAndFlush(HTTP2Payload.data(sent)).whenSuccess { accepted.add(piece) }
            }
            // Another tunnel moves as much through the same router meanwhile: time enough for the stalled one, too.
            let (first, second) = try await router.pair("other")
            for _ in 0..<(total / 500_000) {
                try await first.send(noiseOf(500_000))
                _ = try await second.receive(500_000)
            }
            // Two windows, the queue, the outbound buffers and what the kernel takes on four sockets.
            #expect(accepted.value < total / 2)
            #expect(router.server.load.bytes < UInt64(total + total / 2))
            try await reader.channel.setOption(.autoRead, value: true).get()
            reader.channel.read()
            for _ in 0..<(total / piece) {
                #expect(try await reader.receive(piece) == sent)
            }
        }
    }

    @Test("cuts off a reader that takes nothing although its partner has gone")
    func stalledAfterLoss() async throws {
        try await RouterFixture.withRouter {
            $0.stallTimeout = .milliseconds(100)
        } _: { router in
            let writer = try await router.call("s")
            let reader = try await router.call("s", autoRead: false)
            try await writer.waitForHeaders()
            for _ in 0..<80 { writer.channel.writeAndFlush(HTTP2Payload.data(noiseOf(64_000)), promise: nil) }
            try await writer.connection.drop()
            try await reader.waitForClose()
            #expect(router.server.load.pairs == 0)
        }
    }
}

private func noiseOf(_ count: Int) -> ByteBuffer {
    var noise = SeededGenerator(seed: UInt64(count))
    return noise.bytes(count)
}
