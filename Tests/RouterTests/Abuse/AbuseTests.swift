import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Router
@testable import RouterCore

@Suite("An abuser", .timeLimit(.minutes(5)))
struct AbuseTests {
    @Test("loses its connection, is told why, and takes nobody along", arguments: Attack.all)
    func attack(_ attack: Attack) async throws {
        let log = RecordingLog()
        try await RouterFixture.withRouter(attack.configure, logger: log.logger) { router in
            let bystanders = try await router.pair("bystanders")
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            try await peer.greet()
            peer.send(try attack.bytes(peer, router))
            let code = await peer.codeOfEnd()
            #expect(code.map(attack.codes.contains) == true, "GOAWAY with \(code.map(String.init) ?? "nothing")")
            let ends = log.lines.filter { $0.hasPrefix("Connection ended") }
            #expect(ends.count == 1)
            #expect(ends.first?.contains(attack.fault.rawValue) == true, "\(ends)")
            #expect(router.ended(attack.fault) == 1)
            try await Self.expectTraffic(bystanders)
            #expect(router.server.load.pairs == 1)
        }
    }

    @Test("of one stream's window loses that stream, and the others of its connection go on")
    func window() async throws {
        try await RouterFixture.withRouter { router in
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            try await peer.greet()
            peer.send(try peer.call(stream: 1, token: router.token("good")))
            peer.send(try peer.call(stream: 3, token: router.token("bad")))
            let partner = try await router.call("good")
            try await partner.waitForHeaders()
            for _ in 0..<80 { peer.send(RawPeer.frame(type: 0, stream: 3, [UInt8](repeating: 0, count: 16_384))) }
            var reset: RawPeer.Frame?
            while reset == nil, let frame = await peer.next() {
                if frame.type == 3, frame.stream == 3 { reset = frame }
            }
            #expect(reset?.payload == [0, 0, 0, 3])
            peer.send(RawPeer.frame(type: 0, stream: 1, Array("still here".utf8)))
            #expect(try await partner.receive("still here") == "still here")
        }
    }

    @Test("that begins HTTP/2 and does not go on is not waited for")
    func slowStart() async throws {
        let log = RecordingLog()
        try await RouterFixture.withRouter(
            { $0.handshakeTimeout = .seconds(5) },
            logger: log.logger
        ) { router in
            let bystanders = try await router.pair("bystanders")
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            peer.send(Array("PRI * HTTP".utf8))
            _ = await peer.codeOfEnd()
            #expect(log.lines.contains { $0.hasPrefix("Connection ended") && $0.contains("slow_start") })
            #expect(router.ended(.slowStart) == 1)
            try await Self.expectTraffic(bystanders)
        }
    }

    @Test("that asks for answers and takes none loses its connection")
    func outboundBacklog() async throws {
        try await RouterFixture.withRouter {
            $0.maximumPings = .max
        } _: { router in
            let bystanders = try await router.pair("bystanders")
            let (peer, writer) = try await Self.deafPeer(router)
            Self.flood(writer, 6_000_000)
            let pings = ByteBuffer(bytes: Attack.times(200, RawPeer.frame(type: 6, [UInt8](repeating: 7, count: 8))))
            // Each batch waits for the one before it, until the systems' buffers for what the peer gets are full.
            while router.ended(.outboundBacklog) == 0 {
                do { try await peer.channel.writeAndFlush(pings) } catch { break }
            }
            try await router.waitForConnections(3)
            #expect(router.ended(.outboundBacklog) == 1)
            #expect(try await writer.code() == "14")
            try await Self.expectTraffic(bystanders)
        }
    }

    @Test("that opens more streams than were announced and takes no answers loses its connection")
    func concurrentStreams() async throws {
        try await RouterFixture.withRouter {
            $0.maximumStreamsPerConnection = 1
            $0.maximumRefusals = .max
        } _: { router in
            let bystanders = try await router.pair("bystanders")
            let (peer, writer) = try await Self.deafPeer(router)
            Self.flood(writer, 6_000_000)
            var stream: UInt32 = 1
            // Refused calls go as soon as they are told so: until nothing can be told any more.
            while router.ended(.concurrentStreams) == 0 {
                let calls = try (0..<50).flatMap { _ in
                    stream += 2
                    return try peer.call(stream: stream, token: nil)
                }
                do { try await peer.channel.writeAndFlush(ByteBuffer(bytes: calls)) } catch { break }
            }
            try await router.waitForConnections(3)
            #expect(router.ended(.concurrentStreams) == 1)
            #expect(try await writer.code() == "14")
            try await Self.expectTraffic(bystanders)
        }
    }

    @Test("of a connection's streams is refused each beyond the limit, and the first goes on")
    func refusedStreams() async throws {
        try await RouterFixture.withRouter {
            $0.maximumStreamsPerConnection = 1
        } _: { router in
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            try await peer.greet()
            peer.send(try peer.call(stream: 1, token: router.token("first")))
            let partner = try await router.call("first")
            try await partner.waitForHeaders()
            let token = try router.token("more")
            peer.send(try (1...200).flatMap { try peer.call(stream: UInt32($0 * 2 + 1), token: token) })
            var refused: Set<UInt32> = []
            while refused.count < 200, let frame = await peer.next() {
                // With END_STREAM: headers that are trailers at once.
                if frame.type == 1, frame.stream > 1, frame.flags & 1 != 0 { refused.insert(frame.stream) }
            }
            #expect(router.refused("streams_per_connection") == 200)
            peer.send(RawPeer.frame(type: 0, stream: 1, Array("still here".utf8)))
            #expect(try await partner.receive("still here") == "still here")
        }
    }

    @Test("that speaks HTTP/1.1 is hung up on")
    func otherProtocol() async throws {
        try await RouterFixture.withRouter { router in
            let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM)
            peer.send(Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
            _ = await peer.codeOfEnd()
            try await router.waitForConnections(0)
        }
    }

    @Test("of the handshake is counted and not waited for", arguments: [("", "timed_out"), ("not TLS at all", "tls")])
    func handshake(bytes: String, reason: String) async throws {
        let log = RecordingLog()
        try await RouterFixture.withRouter(
            { $0.handshakeTimeout = bytes.isEmpty ? .seconds(2) : .seconds(60) },
            logger: log.logger
        ) { router in
            let bystanders = try await router.pair("bystanders")
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: router.port).get()
            if !bytes.isEmpty { try await channel.writeAndFlush(ByteBuffer(string: bytes)) }
            try await channel.closeFuture.get()
            #expect(log.lines.contains { $0.hasPrefix("Handshake failed") && $0.contains(reason) })
            #expect(router.failedHandshakes(reason) == 1)
            try await Self.expectTraffic(bystanders)
        }
    }

    @Test("whose messages claim four gigabytes costs nothing, and they are carried as they come")
    func giantMessage() async throws {
        try await RouterFixture.withRouter { router in
            let (first, second) = try await router.pair("s")
            var noise = SeededGenerator(seed: 3)
            var sent = ByteBuffer(bytes: [0, 0xFF, 0xFF, 0xFF, 0xFF])
            var rest = noise.bytes(3_000_000)
            sent.writeBuffer(&rest)
            try await first.send(sent)
            #expect(try await second.receive(sent.readableBytes) == sent)
            #expect(router.server.tunnels.first?.messagesToExporter == 0)
        }
    }

    @Test("that sends its data byte by byte slows nobody else down to its pace")
    func slowData() async throws {
        try await RouterFixture.withRouter { router in
            let slow = try await router.pair("slow")
            let bystanders = try await router.pair("bystanders")
            for byte in UInt8(0)..<50 {
                try await slow.0.send(ByteBuffer(bytes: [byte]))
                if byte == 25 { try await Self.expectTraffic(bystanders) }
            }
            #expect(try await slow.1.receive(50).bytes == Array(0..<50))
        }
    }

    @Test("CVE-2019-9517: that opens its HTTP/2 window and closes its TCP window stops its partner, not the router")
    func internalBuffering() async throws {
        try await RouterFixture.withRouter { router in
            let (peer, writer) = try await Self.deafPeer(router)
            let total = 12_000_000
            let accepted = Self.flood(writer, total)
            let bystanders = try await router.pair("bystanders")
            for _ in 0..<20 { try await Self.expectTraffic(bystanders) }
            #expect(accepted.value < total / 2)
            try await peer.channel.close()
            #expect(try await writer.code() == "14")
        }
    }

    /// A peer with a wide HTTP/2 window that takes nothing any more, and its partner.
    private static func deafPeer(_ router: RouterFixture) async throws -> (RawPeer, partner: TestCall) {
        // With little in the systems' buffers it is deaf soon.
        let peer = try await RawPeer.open(port: router.port, caPEM: router.caPEM, receiveBuffer: 16_384)
        let wide: [UInt8] = [0, 4, 0x7F, 0xFF, 0xFF, 0xFF]
        let greeting = RawPeer.greeting + RawPeer.frame(type: 4, wide)
        peer.send(
            try greeting + RawPeer.frame(type: 8, [0x7F, 0, 0, 0]) + peer.call(stream: 1, token: router.token("s"))
        )
        let partner = try await router.call("s")
        try await partner.waitForHeaders()
        try await peer.channel.setOption(.autoRead, value: false).get()
        return (peer, partner)
    }

    /// Has this many bytes sent, and counts those that are.
    @discardableResult
    private static func flood(_ writer: TestCall, _ total: Int) -> NIOLockedCounter {
        let accepted = NIOLockedCounter()
        for _ in 0..<(total / 64_000) {
            writer.channel.writeAndFlush(HTTP2Payload.data(ByteBuffer(repeating: 1, count: 64_000)))
                .whenSuccess { accepted.add(64_000) }
        }
        return accepted
    }

    /// Half a megabyte each way.
    static func expectTraffic(_ pair: (TestCall, TestCall)) async throws {
        var noise = SeededGenerator(seed: 9)
        let sent = noise.bytes(500_000)
        for (from, to) in [(pair.0, pair.1), (pair.1, pair.0)] {
            try await from.send(sent)
            #expect(try await to.receive(sent.readableBytes) == sent)
        }
    }
}
